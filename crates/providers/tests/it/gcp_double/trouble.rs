//! Services that are down, lie, or are somebody else. Doubles answer as they are told.

use domain::provider::{Connection, Finding, ListAsk, Probe, ProviderErrorKind as Kind};
use std::sync::Arc;
use std::time::Duration;
use testkit::Reply;
use testkit::gcp::GcpCall;

use super::world::{USER, VIEWER, World, read, session_ask};

async fn refusal(connection: &Arc<dyn Connection>) -> Kind {
    connection.open_session(&session_ask(None)).await.err().unwrap().kind
}

fn json(status: u16, body: &str) -> Reply {
    Reply::new(status, "application/json", body.to_owned())
}

#[tokio::test]
async fn a_token_endpoint_that_answers_anything_but_a_token_gives_none() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    for (reply, kind) in [
        (Reply::web_page(), Kind::NotTheProvider),
        (Reply::redirect_to_metadata(), Kind::NotTheProvider),
        (json(200, "{}"), Kind::NotTheProvider),
        (json(200, r#"{"id_token":"eyJhbGciOiJSUzI1NiJ9.e30.AA","expires_in":3599}"#), Kind::NotTheProvider),
        (json(200, r#"{"access_token":"ya29.x"}"#), Kind::NotTheProvider),
        (json(200, "not json"), Kind::NotTheProvider),
        (Reply::new(503, "text/html", "<html>busy</html>"), Kind::Unavailable),
        (json(429, r#"{"error":"rate_limit_exceeded"}"#), Kind::Throttled),
        (json(500, r#"{"error":"internal_failure"}"#), Kind::Unavailable),
    ] {
        world.front.fault(GcpCall::Token, reply);
        assert_eq!(refusal(&connection).await, kind);
        let finding = connection.probe(&Probe::Authenticate).await;
        assert!(matches!(finding, Finding::Unclear(_)), "{kind:?}: {finding:?}");
    }
    world.front.heal();
    assert!(connection.open_session(&session_ask(None)).await.is_ok(), "nothing of it was kept");
}

#[tokio::test]
async fn a_token_of_somebody_else_is_refused_by_the_store_and_never_taken_for_a_refusal_of_rights() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    world.front.fault(GcpCall::Token, json(200, r#"{"access_token":"ya29.of-somebody-else","expires_in":3599}"#));
    let storage = world.storage(&connection).await;
    let error = storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    assert_eq!(error.kind, Kind::BadCredentials);
    assert!(!format!("{error:?}").contains("somebody-else"));
}

#[tokio::test]
async fn services_of_pools_that_fail_are_told_apart() {
    let world = World::new().await;
    let connection = world.by_acting("reader", VIEWER);
    for (call, reply, kind) in [
        (GcpCall::Exchange, Reply::web_page(), Kind::NotTheProvider),
        (GcpCall::Exchange, json(503, r#"{"error":"temporarily_unavailable"}"#), Kind::Unavailable),
        (GcpCall::GenerateAccessToken, Reply::web_page(), Kind::NotTheProvider),
        (GcpCall::GenerateAccessToken, json(200, r#"{"accessToken":"ya29.x"}"#), Kind::NotTheProvider),
        (
            GcpCall::GenerateAccessToken,
            json(403, r#"{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#),
            Kind::NotImplemented,
        ),
    ] {
        world.front.heal();
        world.front.fault(call, reply);
        assert_eq!(refusal(&connection).await, kind, "{call:?}");
    }
}

#[tokio::test]
async fn signatures_that_are_none_are_never_put_into_a_url() {
    let world = World::new().await;
    let session = world.whole(&world.by_acting("reader", VIEWER)).await;
    let mut signer = session.signer(&super::signing::sign_ask(&world, domain::scope::Verb::Get)).unwrap();
    for body in ["{}", r#"{"signedBlob":""}"#, r#"{"signedBlob":"?"}"#, "<html></html>"] {
        world.front.fault(GcpCall::SignBlob, json(200, body));
        assert_eq!(signer.prepare(&["a"]).await.unwrap_err().kind, Kind::NotTheProvider, "{body}");
    }
}

#[tokio::test]
async fn a_forgotten_token_is_replaced_for_acting_and_for_signing() {
    let world = World::new().await;
    let connection = world.by_acting("reader", VIEWER);
    let session = world.whole(&connection).await;
    world.front.forget_tokens();
    assert!(connection.open_session(&session_ask(None)).await.is_ok());
    world.front.forget_tokens();
    let mut signer = session.signer(&super::signing::sign_ask(&world, domain::scope::Verb::Get)).unwrap();
    signer.prepare(&["a", "b", "c"]).await.unwrap();
    world.bucket.put("x", "1").await;
    world.front.forget_tokens();
    let storage = session.storage(&world.bucket_name(), None).unwrap();
    assert_eq!(read(&storage, "x", None).await.unwrap().1, "1");
}

#[tokio::test]
async fn a_store_that_answers_like_somebody_else_is_not_google() {
    let world = World::new().await;
    let connection = world.by_key("writer", USER);
    let storage = world.storage(&connection).await;
    for reply in [Reply::web_page(), Reply::redirect_to_metadata(), json(200, "[]"), json(200, "{}")] {
        for call in [GcpCall::ObjectList, GcpCall::ObjectHead, GcpCall::ObjectPut] {
            world.front.fault(call, reply.clone());
        }
        let list = ListAsk { limit: 1, ..ListAsk::default() };
        assert_eq!(storage.list(&list).await.unwrap_err().kind, Kind::NotTheProvider);
        assert_eq!(storage.head("a").await.unwrap_err().kind, Kind::NotTheProvider);
        assert_eq!(storage.put(&super::world::put("a", b"x")).await.unwrap_err().kind, Kind::NotTheProvider);
    }
    world.front.fault(GcpCall::ObjectDelete, Reply::web_page());
    assert_eq!(storage.delete("a", None).await.unwrap_err().kind, Kind::NotTheProvider);
    world.front.fault(
        GcpCall::ObjectList,
        json(429, r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#).with_header("retry-after", "7"),
    );
    let error = storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (Kind::Throttled, Some(Duration::from_secs(7))));
}
