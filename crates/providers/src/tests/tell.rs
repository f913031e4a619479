//! The last step of every set-up. That the program takes what is printed is shown end to end.

use domain::provider::{IssuedSubject, SetupAsk};

use super::{ask, methods};

/// What a set-up for `data/in/`, to be read, is asked with.
pub(super) fn asked(settings: &[(&str, &str)], integration: Option<&str>) -> SetupAsk {
    let asked = ask(settings, &[]);
    let project = format!("project:{}", asked.external_id.as_str());
    SetupAsk {
        project: "acme".to_owned(),
        identity: Some(IssuedSubject {
            issuer: "https://tidegate.example.com".to_owned(),
            integration: integration.map(|name| format!("{project}:integration:{name}")),
            project,
        }),
        external_id: asked.external_id,
        settings: asked.settings,
        integration: integration.map(str::to_owned),
        places: vec![domain::provider::SetupPlace {
            bucket: "data".parse().unwrap(),
            prefix: "in".parse().unwrap(),
            purpose: domain::datasource::Purpose::Input,
            sse: None,
            cors_origin: None,
        }],
        server_networks: Vec::new(),
        worker_networks: Vec::new(),
        viewer_networks: Vec::new(),
        vpcs: Vec::new(),
        kms_key_arn: None,
        gsutil: false,
    }
}

fn last(method: &str, asked: &SetupAsk) -> String {
    let setup = methods().get(method).unwrap().setup(asked).unwrap_or_else(|error| panic!("{method}: {error:?}"));
    let last = setup.steps.last().unwrap();
    assert_eq!((last.title.as_str(), last.number), ("Tell Tidegate", u32::try_from(setup.steps.len()).unwrap()));
    last.text.clone()
}

#[test]
fn golden_commands_that_make_an_integration_of_each_method() {
    let all: Vec<String> =
        methods().all().iter().map(|method| last(method.descriptor().id, &asked(&[], None))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn golden_commands_that_finish_an_integration_that_was_begun() {
    let begun = methods();
    let begun = begun.all().iter().map(|method| method.descriptor()).filter(|method| method.capabilities.two_step);
    let all: Vec<String> = begun.map(|method| last(method.id, &asked(&[], Some("lake")))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn an_integration_that_is_complete_is_proven_and_nothing_is_given_again() {
    let settings = [("role_arn", "arn:aws:iam::123456789012:role/tidegate")];
    let text = last("aws-cross-account", &asked(&settings, Some("lake")));
    assert!(text.ends_with("\ntidegate integration prove lake --project acme"), "{text}");
    let settings = [("account", "acmepictures"), ("tenant_id", "t"), ("client_id", "c")];
    let text = last("azure-client-secret", &asked(&settings, Some("lake")));
    assert!(text.ends_with("\ntidegate integration prove lake --project acme"), "{text}");
}

#[test]
fn what_was_given_is_repeated_as_text_and_what_depends_on_it_is_asked_for() {
    let settings = [("preset", "backblaze-b2"), ("access_key_id", "a b'; rm x")];
    let text = last("s3-compatible", &asked(&settings, None));
    assert!(text.contains("--set access_key_id='a b'\\''; rm x'"), "{text}");
    assert!(text.contains("--set preset=backblaze-b2") && text.contains("--set region=REGION"), "{text}");
    assert!(!text.contains("ENDPOINT"), "the store has an address of its own: {text}");
}
