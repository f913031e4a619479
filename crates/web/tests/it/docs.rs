//! The manual with the methods that the program really has.

use std::sync::Arc;

use domain::clock::SystemClock;
use domain::proof::CheckName;
use domain::provider::Descriptor;
use providers::Deps;
use web::docs::Manual;

fn methods() -> Vec<&'static Descriptor> {
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    let deps = Deps::bare(transport, Arc::new(SystemClock)).unwrap();
    providers::registry(deps).all().iter().map(|method| method.descriptor()).collect()
}

#[test]
fn every_method_has_its_page_and_names_every_field_on_it() {
    let methods = methods();
    let manual = Manual::with_methods(&methods);
    assert!(methods.len() >= 6);
    for method in methods {
        let page =
            manual.page(&format!("methods/{}", method.id)).unwrap_or_else(|| panic!("{} has no page", method.id));
        assert_eq!(page.title, method.title);
        assert!(page.html.contains("alt=\"Its form in the console\""), "{} has no picture", method.id);
        for field in method.fields {
            assert!(page.html.contains(&format!("<code>{}</code>", field.name)), "{}: {}", method.id, field.name);
        }
        // Of a method of a cloud its first word, else its whole name.
        let cloud = ["aws", "azure", "gcp"].into_iter().find(|cloud| method.id.starts_with(&format!("{cloud}-")));
        let chapter = format!("/docs/{}", cloud.unwrap_or(method.id));
        assert!(page.html.contains(&format!("href=\"{chapter}\"")), "{} leads to no chapter", method.id);
        assert!(page.next.is_some() && page.previous.is_some());
    }
}

#[test]
fn every_check_of_a_proof_is_explained_and_found() {
    let manual = Manual::with_methods(&[]);
    let table = &manual.page("proofs").unwrap().html;
    for check in CheckName::ALL {
        assert!(table.contains(&format!("<td><code>{check}</code></td>")), "docs/proofs.md does not explain {check}");
        assert!(manual.search(check.as_str(), 10).iter().any(|hit| hit.path == "proofs"), "{check} is not found");
    }
}

#[test]
fn links_between_the_pages_of_methods_lead_to_pages() {
    let manual = Manual::with_methods(&methods());
    let compared = manual.page("methods").unwrap();
    for link in compared.html.split("href=\"/docs/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(manual.page(link).is_some(), "{link}");
    }
    let found = manual.search("cross-account role", 5);
    assert_eq!(found[0].path, "methods/aws-cross-account");
}

#[test]
fn nothing_that_a_strict_policy_forbids_is_on_any_page() {
    let manual = Manual::with_methods(&methods());
    let mut open: Vec<_> = manual.tree().iter().collect();
    let mut seen = 0;
    while let Some(entry) = open.pop() {
        open.extend(&entry.children);
        let Some(page) = entry.path.as_deref().map(|path| manual.page(path).unwrap()) else { continue };
        for forbidden in ["<script", "<style", " style=", "javascript:", " onclick=", "<iframe"] {
            assert!(!page.html.contains(forbidden), "{} has {forbidden}", page.path);
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen} pages only");
}
