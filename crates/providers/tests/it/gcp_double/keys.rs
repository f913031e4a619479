//! Keys of service accounts, as a double takes them: real assertions, real RSA.

use std::sync::Arc;
use std::time::Duration;

use domain::provider::{Finding, ListAsk, Probe, ProviderErrorKind as Kind};
use testkit::TestClock;
use testkit::gcp::GcpCall;

use super::world::{USER, VIEWER, World, key_id, put, read, session_ask};

#[tokio::test]
async fn a_key_reads_writes_and_removes_with_one_token() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    storage.put(&put("in/a", b"0123")).await.unwrap();
    assert_eq!(read(&storage, "in/a", None).await.unwrap().1, "0123");
    assert_eq!(storage.head("in/a").await.unwrap().size, Some(4));
    storage.delete("in/a", None).await.unwrap();
    assert_eq!(storage.head("in/a").await.unwrap_err().kind, Kind::NoSuchKey);
    assert_eq!(world.front.calls_of(GcpCall::Token).len(), 1);
}

#[tokio::test]
async fn many_who_come_at_once_while_the_token_endpoint_is_slow_cause_one_request() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    world.front.delay(GcpCall::Token, Duration::from_millis(300));
    let ask = session_ask(None);
    let opened = futures::future::join_all((0..20).map(|_| connection.open_session(&ask))).await;
    assert!(opened.iter().all(Result::is_ok));
    assert_eq!(world.front.calls_of(GcpCall::Token).len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_replaced_when_it_is_forgotten() {
    let clock = Arc::new(TestClock::at("2026-11-22T18:44:25Z".parse().unwrap()));
    let world = World::with_clock(clock.clone()).await;
    let storage = world.storage(&world.by_key("reader", VIEWER)).await;
    let list = ListAsk { limit: 1, ..ListAsk::default() };
    for (minutes, tokens) in [(50, 1), (6, 2)] {
        clock.advance(Duration::from_secs(minutes * 60));
        storage.list(&list).await.unwrap();
        assert_eq!(world.front.calls_of(GcpCall::Token).len(), tokens, "after {minutes} minutes");
    }
    world.front.forget_tokens();
    storage.list(&list).await.unwrap();
    assert_eq!(world.front.calls_of(GcpCall::Token).len(), 3);
}

#[tokio::test]
async fn a_revoked_key_is_no_longer_known_and_another_one_of_the_account_is() {
    let world = World::new().await;
    world.front.grant(world.bucket.name(), &world.member("reader"), VIEWER);
    let (old, new) = (world.front.service_account_json("reader"), world.front.service_account_json("reader"));
    let connect = |file: &str| world.connect("gcp-service-account-key", &[], Some(file));
    let connection = connect(&old);
    assert!(matches!(connection.probe(&Probe::Authenticate).await, Finding::Yes { .. }));
    world.front.revoke_key(&key_id(&old));
    let Finding::No { detail, .. } = connection.probe(&Probe::Authenticate).await else { panic!("it was revoked") };
    assert!(detail.contains("invalid_grant"), "{detail}");
    let error = connection.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::BadCredentials, "{error:?}");
    assert!(world.storage(&connect(&new)).await.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.is_ok());
}

#[tokio::test]
async fn a_disabled_account_and_a_clock_that_is_off_are_told_apart() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    world.front.disable(&world.front.service_account("reader"));
    assert_eq!(connection.open_session(&session_ask(None)).await.err().unwrap().kind, Kind::BadCredentials);

    let clock = Arc::new(TestClock::at("2026-11-22T18:44:25Z".parse().unwrap()));
    let world = World::with_clock(clock).await;
    let file = world.front.service_account_json("reader");
    let elsewhere = World::new().await;
    let late = elsewhere.connect_with(world.deps(), "gcp-service-account-key", &[], Some(&file.replace("\n", " ")));
    let error = late.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::ClockSkew, "{error:?}");
    assert!(error.hint.unwrap().contains("clock"));
}

#[tokio::test]
async fn an_assertion_is_what_google_asks_for_and_nothing_secret_is_logged() {
    let world = World::new().await;
    let file = world.front.service_account_json("reader");
    let connection = world.connect("gcp-service-account-key", &[], Some(&file));
    let session = world.whole(&connection).await;
    let body = world.front.calls_of(GcpCall::Token)[0].body.clone();
    assert_eq!(body["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let ids = session.log_ids();
    assert_eq!(ids[0], ("service_account", world.front.service_account("reader")));
    assert_eq!(ids[1], ("key_id", key_id(&file)));
}
