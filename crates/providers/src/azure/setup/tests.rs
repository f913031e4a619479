//! The set-up of every method, in every form.

use std::sync::Arc;

use domain::clock::SystemClock;
use domain::datasource::Purpose;
use domain::integration::ExternalId;
use domain::provider::{IssuedSubject, SetupPlace};

use super::*;
use crate::{Deps, registry};

fn place(container: &str, prefix: &str, purpose: Purpose) -> SetupPlace {
    SetupPlace {
        bucket: container.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        purpose,
        sse: None,
        cors_origin: Some("https://app.example.com".to_owned()),
    }
}

fn ask(places: Vec<SetupPlace>) -> SetupAsk {
    SetupAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::restored("tidegate-1".to_owned()),
        identity: Some(subject()),
        settings: [("account".to_owned(), "acmepictures".to_owned())].into(),
        integration: Some("pictures".to_owned()),
        places,
        server_networks: vec!["203.0.113.7/32".to_owned()],
        worker_networks: Vec::new(),
        viewer_networks: Vec::new(),
        vpcs: Vec::new(),
        kms_key_arn: None,
        gsutil: false,
    }
}

fn subject() -> IssuedSubject {
    IssuedSubject {
        issuer: "https://tidegate.example.com".to_owned(),
        project: "project:tidegate-1".to_owned(),
        integration: Some("project:tidegate-1:integration:pictures".to_owned()),
    }
}

fn of(method: &str, ask: &SetupAsk) -> Result<Setup> {
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    let methods = registry(Deps::bare(transport, Arc::new(SystemClock)).unwrap());
    methods.get(method).unwrap().setup(ask)
}

fn both() -> Vec<SetupPlace> {
    let out = SetupPlace { cors_origin: None, ..place("data", "out", Purpose::Output) };
    vec![place("data", "in", Purpose::Input), out]
}

/// The same before there is an integration.
fn before(places: Vec<SetupPlace>) -> SetupAsk {
    SetupAsk { integration: None, ..ask(places) }
}

/// Every form, as a person reads it.
fn shown(setup: &Setup) -> String {
    let steps: String =
        setup.steps.iter().map(|step| format!("{}. {}\n{}\n", step.number, step.title, step.text)).collect();
    format!("{steps}\n{}\n\n{}", setup.commands.join("\n"), setup.terraform)
}

#[test]
fn the_federated_credential_is_the_same_in_every_form() {
    let setup = of("azure-federated", &ask(vec![place("data", "in", Purpose::Input)])).unwrap();
    assert_eq!(setup.issuer.as_deref(), Some("https://tidegate.example.com"));
    assert_eq!(setup.subject.as_deref(), Some("project:tidegate-1:integration:pictures"));
    let trust = setup.trust_policy.unwrap().to_string();
    let steps: String = setup.steps.iter().map(|step| step.text.as_str()).collect();
    let commands = setup.commands.join("\n");
    for form in [&trust, &steps, &commands, &setup.terraform] {
        for word in
            ["project:tidegate-1:integration:pictures", "https://tidegate.example.com", "api://AzureADTokenExchange"]
        {
            assert!(form.contains(word), "{word} in {form}");
        }
    }
    assert!(!commands.contains("credential reset"), "nothing secret is made");
}

#[test]
fn rights_are_a_role_on_the_container_with_a_condition_and_the_right_to_sign() {
    let places = vec![place("data", "in", Purpose::Input), place("data", "out", Purpose::Output)];
    let setup = of("azure-client-secret", &ask(places)).unwrap();
    let document = setup.permission_policy.unwrap();
    let assignments = document["roleAssignments"].as_array().unwrap();
    assert_eq!(assignments.len(), 2);
    let condition = assignments[0]["condition"].as_str().unwrap();
    assert!(condition.contains("'in/'") && condition.contains("'out/'"), "{condition}");
    let commands = setup.commands.join("\n");
    assert!(
        commands.contains("--role 'Storage Blob Data Contributor'")
            && commands.contains("--role 'Storage Blob Delegator'")
    );
    assert!(
        commands.contains("--ip-address 203.0.113.7\n") || commands.ends_with("--ip-address 203.0.113.7"),
        "{commands}"
    );
    assert!(setup.terraform.contains("condition_version    = \"2.0\""));
    assert_eq!(setup.probe_keys, ["in/.tidegate/probe-*", "out/.tidegate/probe-*"]);
    assert_eq!(setup.cors.unwrap().as_array().unwrap().len(), 1, "one rule for one origin");
}

#[test]
fn a_prefix_cannot_become_a_word_of_a_shell_or_of_terraform() {
    let setup = of("azure-client-secret", &ask(vec![place("data", "a ${x} $(id)/%{if}", Purpose::Input)])).unwrap();
    let commands = setup.commands.join("\n");
    assert!(commands.contains("'\\''a ${x} $(id)/%{if}/'\\''"), "{commands}");
    assert!(setup.terraform.contains("a $${x} $(id)/%%{if}/"), "{}", setup.terraform);
}

#[test]
fn what_no_condition_can_say_is_refused() {
    let error = of("azure-client-secret", &ask(vec![place("data", "it's", Purpose::Input)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScopeNotExpressible);
    let error = of("azure-client-secret", &ask(vec![place("my.data", "", Purpose::Input)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn keys_and_signatures_say_what_they_cannot_do() {
    let places = || vec![place("data", "out", Purpose::Output)];
    let key = of("azure-account-key", &ask(places())).unwrap();
    assert!(key.permission_policy.is_none() && key.notes.iter().any(|note| note.contains("cannot be narrowed")));
    let sas = of("azure-sas", &ask(places())).unwrap();
    assert!(sas.commands.join("\n").contains("--permissions rcwdl"));
    assert!(sas.notes.iter().any(|note| note.contains("signs no URLs")), "{:?}", sas.notes);
    assert!(sas.steps.iter().any(|step| step.text.contains("HTTPS only")));
}

#[test]
fn golden_forms_of_an_application_with_a_secret() {
    let setup = of("azure-client-secret", &before(both())).unwrap();
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn golden_forms_of_an_application_that_trusts_tidegate() {
    let setup = of("azure-federated", &ask(vec![place("data", "in", Purpose::Input)])).unwrap();
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn golden_forms_of_a_key() {
    let setup = of("azure-account-key", &before(both())).unwrap();
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn golden_forms_of_a_signature() {
    let setup = of("azure-sas", &before(both())).unwrap();
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn an_application_is_registered_before_it_is_given_anything() {
    let setup = of("azure-client-secret", &ask(both())).unwrap();
    let titles: Vec<&str> = setup.steps.iter().map(|step| step.title.as_str()).collect();
    let expected = [
        "Register an application",
        "Make a secret",
        "Give it the role Storage Blob Data Contributor",
        "Give it the role Storage Blob Delegator",
        "Allow your web page to load objects",
        "Tell Tidegate",
    ];
    assert_eq!(titles, expected);
    let first = &setup.steps[0].text;
    for part in ["single tenant", "Leave the redirect URI empty", "remove the one that the portal adds"] {
        assert!(first.contains(part), "{part}: {first}");
    }
}

#[test]
fn an_application_that_is_there_is_not_registered_again_by_the_commands() {
    let mut asked = ask(both());
    asked.settings.insert("client_id".to_owned(), "aaaaaaaa-1111-2222-3333-444444444444".to_owned());
    let commands = of("azure-client-secret", &asked).unwrap().commands.join("\n");
    assert!(!commands.contains("az ad app create") && !commands.contains("az ad sp create"), "{commands}");
    assert!(commands.starts_with("APP_ID=aaaaaaaa-1111-2222-3333-444444444444\n"), "{commands}");
}
