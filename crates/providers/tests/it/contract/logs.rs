//! The ids by which the cloud's log and ours are joined: those that the manual names, and those that the cloud was told.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::clock::SystemClock;
use domain::scope::Verb;
use testkit::jwt::SigningKey;
use testkit::{HttpDouble, Reply};
use tidegate_providers::{AzureDeps, Deps};

use super::issuer::Issuer;
use super::subject::{self, Given, Subject};
use crate::azure;

/// The manual's table, a row to a list of cells.
fn table() -> Vec<Vec<String>> {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cloud-logs.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let rows = manual.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The row of a method whose sessions have a role of their own or none.
fn row_of(method: &str, with_role: bool) -> Vec<String> {
    let is_for = |row: &Vec<String>| {
        let named = format!("`{method}`");
        let part = row[1].split(", ").find(|part| part.starts_with(&named));
        part.is_some_and(|part| !part.ends_with("with a role") || with_role)
            && part.is_some_and(|part| !part.ends_with("without a role") || !with_role)
    };
    let row = table().into_iter().find(is_for);
    row.unwrap_or_else(|| panic!("docs/cloud-logs.md has no row for {method} with a role: {with_role}"))
}

pub(crate) async fn documented(subject: &Subject) {
    let ids = subject.session().await.log_ids();
    assert!(ids.iter().all(|(_, id)| !id.is_empty()), "{ids:?}");
    let found = ids.into_iter().map(|(name, _)| name).chain(subject.untold);
    let found: BTreeSet<_> = found.map(str::to_owned).collect();
    let row = row_of(subject.method, subject.connection.facts().assumes_role);
    assert_eq!(found, quoted(&row[3]), "{}", subject.method);
}

#[test]
fn every_method_has_a_row_in_the_manual_and_no_row_is_of_another() {
    let named: BTreeSet<_> = table().iter().flat_map(|row| quoted(&row[1])).collect();
    let methods = subject::methods();
    let methods: BTreeSet<_> = methods.all().iter().map(|method| method.descriptor().id.to_owned()).collect();
    assert_eq!(named, methods);
}

/// What SeaweedFS leaves out: moto answers a token as AWS does, and looks at neither.
#[tokio::test]
async fn a_session_for_a_token_is_named_after_the_person_with_moto() {
    let moto = testkit::component::moto();
    let issuer = Issuer::new("https://tidegate.example.com", SigningKey::generate());
    let settings = [("role_arn", "arn:aws:iam::123456789012:role/contract"), ("sts_endpoint", moto.as_str())];
    let given = Given { settings: &settings, tokens: Some(issuer), ..Given::default() };
    let deps = Deps::bare(subject::transport(None), Arc::new(SystemClock)).unwrap();
    let connection = subject::connect(deps, "aws-web-identity", given);
    let subject = Subject::new("aws-web-identity", connection, "tg-none", ());
    documented(&subject).await;
    let ids = subject.session().await.log_ids();
    assert!(ids.iter().any(|(name, id)| *name == "session_arn" && id.ends_with("/ann@example.com")), "{ids:?}");
}

const KEY: &str = "<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid>\
    <SignedStart>2020-01-01T00:00:00Z</SignedStart><SignedExpiry>2999-01-01T00:00:00Z</SignedExpiry>\
    <SignedService>b</SignedService><SignedVersion>2025-11-05</SignedVersion><Value>a2V5</Value></UserDelegationKey>";

/// Azurite has the account in the path and does not sign the id as Azure does, so a double answers as Azure.
#[tokio::test]
async fn an_azure_session_is_one_id_in_its_requests_and_in_what_it_signs_before_a_double() {
    let world = azure::world::World::new().await;
    let blobs = HttpDouble::always(Reply::new(200, "application/xml", KEY));
    let deps = AzureDeps { authority: Some(world.entra.url()), blob_endpoint: Some(blobs.url()) };
    let (tenant, client) = (world.entra.tenant(), world.app.client_id.clone());
    let settings = [("tenant_id", tenant.as_str()), ("client_id", client.as_str())];
    let secrets = [("client_secret", world.app.secret.as_str())];
    let connection = azure::world::connect(deps, "azure-client-secret", &settings, &secrets, None);
    let session = azure::world::open(&connection).await;
    let ids = session.log_ids();
    let (_, correlation) = ids.iter().find(|(name, _)| *name == "correlation_id").unwrap();

    let url = azure::world::sign(&session, &azure::world::sign_ask(&world.bucket(), Verb::Get), "in/a").await.unwrap();
    let signed = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("scid="));
    assert_eq!(signed, Some(correlation.as_str()), "{url}");
    let asked = blobs.requests();
    assert!(!asked.is_empty(), "the key was asked for");
    for request in asked {
        assert_eq!(request.header("x-ms-client-request-id"), Some(correlation.as_str()), "{}", request.target);
    }
    let other = azure::world::open(&connection).await.log_ids();
    assert!(!other.iter().any(|(_, id)| id == correlation), "each session is told from the others");
}
