//! What every method says of itself must hold.

use std::collections::BTreeSet;

use domain::provider::FieldKind;

use super::{ask, methods};

#[test]
fn every_method_has_an_id_of_its_own_and_is_found_by_it() {
    let registry = methods();
    let ids: BTreeSet<_> = registry.all().iter().map(|method| method.descriptor().id).collect();
    assert_eq!(ids.len(), registry.all().len());
    for id in ids {
        assert!(id.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric())), "{id}");
        assert_eq!(registry.get(id).unwrap().descriptor().id, id);
    }
    assert!(registry.get("ftp").is_none());
}

#[test]
fn exactly_one_method_of_aws_is_recommended() {
    let registry = methods();
    let recommended = registry
        .all()
        .iter()
        .map(|method| method.descriptor())
        .filter(|method| method.id.starts_with("aws-") && method.advice.recommended);
    assert_eq!(recommended.map(|method| method.id).collect::<Vec<_>>(), ["aws-cross-account"]);
}

#[test]
fn fields_have_names_of_their_own_and_help() {
    for method in methods().all() {
        let descriptor = method.descriptor();
        let names: BTreeSet<_> = descriptor.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), descriptor.fields.len(), "{}", descriptor.id);
        for field in descriptor.fields {
            assert!(!field.help.is_empty() && field.help.ends_with('.'), "{}: {}", descriptor.id, field.name);
            assert!(!field.label.is_empty() && !field.label.ends_with('.'), "{}: {}", descriptor.id, field.name);
            assert!(!(field.secret && field.default.is_some()), "a secret has no default");
            if let (FieldKind::Choice(choices), Some(default)) = (field.kind, field.default) {
                assert!(choices.contains(&default), "{}: {}", descriptor.id, field.name);
            }
        }
    }
}

#[test]
fn capabilities_follow_from_the_fields() {
    for method in methods().all() {
        let descriptor = method.descriptor();
        let has = |name: &str| descriptor.fields.iter().any(|field| field.name == name);
        let capabilities = descriptor.capabilities;
        assert_eq!(capabilities.stored_key, descriptor.secret_fields().count() > 0, "{}", descriptor.id);
        let later = descriptor.later_fields().next().is_some();
        assert_eq!(capabilities.two_step, later, "{}: what can be finished later has a field for it", descriptor.id);
        assert!(!(capabilities.ambient && capabilities.stored_key), "{}", descriptor.id);
        assert!(
            !has("sts_endpoint") || capabilities.stored_key || capabilities.keyless,
            "{}: an STS is chosen by who brings keys",
            descriptor.id
        );
        let rebinds = descriptor.fields.iter().any(|f| f.name == "sts_endpoint" && f.rebinds_secret);
        assert!(!has("sts_endpoint") || rebinds == capabilities.stored_key);
        assert!(!has("external_id") || descriptor.id != "aws-cross-account");
    }
}

#[test]
fn a_method_without_anything_needed_says_so_itself() {
    for method in methods().all() {
        let needed: BTreeSet<_> = method
            .descriptor()
            .fields
            .iter()
            .filter(|field| field.required && !field.later)
            .map(|field| format!("{}{}", if field.secret { "/secrets/" } else { "/settings/" }, field.name))
            .collect();
        let found: BTreeSet<_> = method.check(&ask(&[], &[])).into_iter().map(|error| error.pointer).collect();
        assert!(found.is_superset(&needed), "{}: {found:?}", method.descriptor().id);
    }
}
