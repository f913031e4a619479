//! Signing in. A double of the login endpoint decides in all of these.

use std::time::{Duration, Instant};

use domain::provider::{ExternalIdSent, Finding, ListAsk, Probe, ProviderErrorKind as Kind, SessionAsk};
use testkit::Reply;
use testkit::azure::{AzureCall, FederatedCredential};

use super::world::{CONTRIBUTOR, Issuer, READER, World, open, put, read, refused, session_ask};

fn code(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::No { answer: Some(answer), .. } => answer.code.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn an_application_that_the_login_double_knows_uses_what_its_roles_allow() {
    let world = World::with_role(CONTRIBUTOR).await;
    let session = open(&world.by_secret(&[])).await;
    let storage = session.storage(&world.bucket(), None).unwrap();
    storage.put(&put("in/a", b"0123456789")).await.unwrap();
    assert_eq!(read(&storage, "in/a", Some((2, 4))).await.1, "234");
    assert_eq!(storage.list(&ListAsk { limit: 10, ..ListAsk::default() }).await.unwrap().items.len(), 1);
    storage.delete("in/a", None).await.unwrap();
    assert_eq!(storage.head("in/a").await.unwrap_err().kind, Kind::NoSuchKey);
    let ids = session.log_ids();
    assert!(ids.contains(&("object_id", world.app.object_id.clone())), "{ids:?}");
    assert_eq!(storage.list_buckets().await.unwrap_err().kind, Kind::Denied, "its role is on one container");
    assert_eq!(storage.may_read_bucket_policy().await.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn what_the_login_double_refuses_is_said_with_its_number() {
    let world = World::with_role(READER).await;
    let stranger = ("client_id", "99999999-0000-0000-0000-000000000000");
    let elsewhere = ("tenant_id", "99999999-0000-0000-0000-000000000000");
    for (connection, number) in [
        (world.with_secret("wrong~value", &[]), "AADSTS7000215"),
        (world.by_secret(&[stranger]), "AADSTS700016"),
        (world.by_secret(&[elsewhere]), "AADSTS90002"),
    ] {
        let finding = connection.probe(&Probe::Authenticate).await;
        assert_eq!(code(&finding), Some(number), "{finding:?}");
        assert_eq!(refused(&connection).await.kind, Kind::BadCredentials);
        assert!(!format!("{finding:?}").contains("wrong~value"));
    }
    world.entra.expire_secret(&world.app.client_id);
    assert_eq!(refused(&world.by_secret(&[])).await.kind, Kind::ExpiredCredentials);
    world.entra.disable(&world.app.client_id);
    assert_eq!(code(&world.by_secret(&[]).probe(&Probe::Authenticate).await), Some("AADSTS7000112"));
}

#[tokio::test]
async fn tokens_of_the_integration_are_admitted_by_the_login_double_and_those_of_a_stranger_refused() {
    let (world, issuer) = (World::with_role(READER).await, Issuer::new());
    world.entra.federate(&world.app.client_id, issuer.credential());
    world.container.put("in/a", "x").await.ok();
    let connection = world.federated(&issuer);
    let storage = open(&connection).await.storage(&world.bucket(), None).unwrap();
    assert_eq!(read(&storage, "in/a", None).await.1, "x");
    assert!(matches!(connection.probe(&Probe::Authenticate).await, Finding::Yes { .. }));
    let wrong = SessionAsk { external_id: ExternalIdSent::Wrong, ..session_ask(None) };
    let error = connection.open_session(&wrong).await.err().expect("a stranger must be refused");
    assert_eq!(error.kind, Kind::Denied);
    assert_eq!(error.answer.unwrap().code.as_deref(), Some("AADSTS700213"));
}

#[tokio::test]
async fn a_trust_that_admits_a_stranger_is_seen_with_the_login_double() {
    let (world, issuer) = (World::with_role(READER).await, Issuer::new());
    let open_to_all =
        FederatedCredential { subject: "project:tidegate-0:integration:pictures".to_owned(), ..issuer.credential() };
    world.entra.federate(&world.app.client_id, issuer.credential());
    world.entra.federate(&world.app.client_id, open_to_all);
    let wrong = SessionAsk { external_id: ExternalIdSent::Wrong, ..session_ask(None) };
    assert!(world.federated(&issuer).open_session(&wrong).await.is_ok());
}

#[tokio::test]
async fn a_trust_of_somebody_else_is_refused_by_the_login_double() {
    let issuer = Issuer::new();
    let good = issuer.credential();
    for (credential, number) in [
        (FederatedCredential { issuer: "https://other.example.com".to_owned(), ..good.clone() }, "AADSTS700211"),
        (FederatedCredential { audience: "api://other".to_owned(), ..good.clone() }, "AADSTS700212"),
        (FederatedCredential { subject: "project:tidegate-1".to_owned(), ..good.clone() }, "AADSTS700213"),
    ] {
        let world = World::new().await;
        world.entra.federate(&world.app.client_id, credential);
        let error = refused(&world.federated(&issuer)).await;
        assert_eq!((error.kind, error.answer.unwrap().code.as_deref()), (Kind::Denied, Some(number)));
        assert!(error.hint.unwrap().contains("letter for letter"));
    }
    let world = World::new().await;
    world.entra.federate(&world.app.client_id, good);
    issuer.rotate();
    assert_eq!(
        refused(&world.federated(&issuer)).await.kind,
        Kind::BadCredentials,
        "signed with a key that it has not"
    );
}

#[tokio::test]
async fn a_hundred_sessions_ask_the_login_double_once() {
    let world = World::with_role(READER).await;
    let connection = world.by_secret(&[]);
    futures::future::join_all((0..100).map(|_| open(&connection))).await;
    assert_eq!(world.entra.calls().len(), 1);
}

#[tokio::test]
async fn a_token_that_storage_refuses_is_asked_for_again_once_from_the_login_double() {
    let world = World::with_role(READER).await;
    let storage = open(&world.by_secret(&[])).await.storage(&world.bucket(), None).unwrap();
    let list = ListAsk { limit: 1, ..ListAsk::default() };
    storage.list(&list).await.unwrap();
    world.entra.disable(&world.app.client_id);
    let error = storage.list(&list).await.unwrap_err();
    assert_eq!(error.answer.unwrap().code.as_deref(), Some("AADSTS7000112"), "the login endpoint has the last word");
    assert_eq!(world.entra.calls().len(), 2);
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_by_the_login_double() {
    let world = World::with_role(READER).await;
    world.entra.token_lifetime(Duration::from_secs(200));
    let connection = world.by_secret(&[]);
    open(&connection).await;
    open(&connection).await;
    assert_eq!(world.entra.calls().len(), 2);
}

#[tokio::test]
async fn a_token_of_another_audience_from_the_login_double_is_never_shown_to_storage() {
    let world = World::with_role(READER).await;
    world.entra.audience_of_tokens(Some("https://graph.microsoft.com"));
    let error = refused(&world.by_secret(&[])).await;
    assert_eq!(error.kind, Kind::NotTheProvider);
    assert!(error.message.contains("not for Azure Storage"), "{}", error.message);
    assert!(world.front.calls().is_empty());
    assert!(matches!(world.by_secret(&[]).probe(&Probe::Authenticate).await, Finding::Unclear(_)));
}

#[tokio::test]
async fn a_login_double_that_answers_with_a_page_or_too_much_is_no_login_endpoint() {
    let world = World::with_role(READER).await;
    for (reply, kind) in [
        (Reply::web_page(), Kind::NotTheProvider),
        (Reply::redirect_to_metadata(), Kind::NotTheProvider),
        (Reply::new(200, "application/json", "{\"token_type\":\"Bearer\"}"), Kind::NotTheProvider),
        (Reply::zeros(1 << 30), Kind::NotTheProvider),
        (Reply::new(503, "text/html", "<html>later</html>"), Kind::Unavailable),
        (Reply::new(429, "application/json", "{\"error\":\"temporarily_unavailable\"}"), Kind::Unavailable),
    ] {
        world.entra.fault(reply);
        assert_eq!(refused(&world.by_secret(&[])).await.kind, kind);
    }
    assert!(world.front.calls().is_empty());
}

#[tokio::test]
async fn a_login_double_that_never_answers_is_given_up() {
    let world = World::with_role(READER).await;
    world.entra.fault(Reply::never());
    let started = Instant::now();
    assert_eq!(refused(&world.by_secret(&[])).await.kind, Kind::Timeout);
    assert!(started.elapsed() < Duration::from_secs(20), "before a check of a proof gives up");
}

#[tokio::test]
async fn without_any_role_the_identity_is_known_and_the_double_refuses_the_rest() {
    let world = World::new().await;
    let connection = world.by_secret(&[]);
    assert!(matches!(connection.probe(&Probe::Authenticate).await, Finding::Yes { .. }));
    let storage = open(&connection).await.storage(&world.bucket(), None).unwrap();
    let error = storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert_eq!(error.answer.unwrap().code.as_deref(), Some("AuthorizationPermissionMismatch"));
    assert_eq!(world.front.calls_of(AzureCall::BlobList).len(), 1);
}
