//! What mends a check must be about this bucket, this account and nothing wider.

use domain::datasource::Purpose;
use domain::proof::{CheckName, Remedy};
use domain::provider::RemedyAsk;

use super::{EMAIL, connections};

fn need(purpose: Purpose) -> RemedyAsk {
    RemedyAsk {
        bucket: Some("data".parse().unwrap()),
        prefix: "team-a".parse().unwrap(),
        purpose,
        sse: None,
        cors_origin: Some("https://app.example.com".to_owned()),
        region: None,
    }
}

fn remedy(name: &str, check: CheckName, purpose: Purpose) -> Remedy {
    let (_, connection) = connections().into_iter().find(|(known, _)| *known == name).unwrap();
    connection.remedy(check, &need(purpose)).unwrap_or_else(|| panic!("{name}: {check} has no remedy"))
}

#[test]
fn a_missing_right_is_mended_by_one_binding_under_the_prefix() {
    for name in ["key", "cross", "pool", "direct"] {
        for (check, role) in [
            (CheckName::List, "roles/storage.objectViewer"),
            (CheckName::Read, "roles/storage.objectViewer"),
            (CheckName::WriteProbe, "roles/storage.objectUser"),
            (CheckName::DeleteProbe, "roles/storage.objectUser"),
        ] {
            let remedy = remedy(name, check, Purpose::InputOutput);
            let binding = &remedy.policy.unwrap()["bindings"][0];
            assert_eq!(binding["role"], role, "{name} {check}");
            let expression = binding["condition"]["expression"].as_str().unwrap();
            assert!(expression.contains("'projects/_/buckets/data/objects/team-a/'"), "{expression}");
            let member = binding["members"][0].as_str().unwrap();
            let subject = "subject/project:tidegate-0123:integration:farm";
            assert!(member == format!("serviceAccount:{EMAIL}") || (name == "direct" && member.ends_with(subject)));
            assert!(remedy.command.unwrap().contains("gcloud storage buckets add-iam-policy-binding gs://data"));
        }
    }
}

#[test]
fn an_excess_is_mended_by_what_the_purpose_needs() {
    let policy = remedy("cross", CheckName::ExcessWrite, Purpose::Input).policy.unwrap().to_string();
    assert!(policy.contains("objectViewer") && !policy.contains("objectUser"), "{policy}");
}

#[test]
fn trust_names_the_subject_and_nothing_wider() {
    let cross = remedy("cross", CheckName::AssumesRole, Purpose::Input);
    let policy = cross.policy.unwrap().to_string();
    assert!(policy.contains("subject/project:tidegate-0123\"") && policy.contains("serviceAccountTokenCreator"));
    assert!(cross.command.unwrap().contains(EMAIL));
    let pool = remedy("pool", CheckName::RefusesWrongExternalId, Purpose::Input);
    assert!(pool.command.unwrap().contains("--attribute-condition='assertion.sub == '"), "the subject is required");
    let signed = remedy("pool", CheckName::SignedUrl, Purpose::Input);
    assert!(signed.policy.unwrap().to_string().contains("serviceAccountTokenCreator"));
}

#[test]
fn cors_and_access_are_commands_and_no_remedy_holds_a_key() {
    let cors = remedy("key", CheckName::Cors, Purpose::Output);
    assert_eq!(cors.policy.unwrap()[0]["method"], serde_json::json!(["GET", "HEAD", "PUT"]));
    let access = remedy("key", CheckName::ScopedCredential, Purpose::Input);
    assert!(access.command.unwrap().ends_with("gs://data --uniform-bucket-level-access"));
    for (name, connection) in connections() {
        for check in CheckName::ALL {
            let remedy = format!("{:?}", connection.remedy(*check, &need(Purpose::Input)));
            assert!(!remedy.contains("PRIVATE"), "{name} {check}");
        }
    }
}
