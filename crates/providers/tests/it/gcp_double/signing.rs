//! Signed URLs, used by somebody who has nothing else. A double verifies them with real RSA.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::provider::{Connection, ProviderErrorKind as Kind, SignAsk};
use domain::scope::Verb;
use testkit::gcp::GcpCall;

use super::world::{TOKEN_CREATOR, USER, VIEWER, World, fetch, session_ask};

pub(super) fn sign_ask(world: &World, verb: Verb) -> SignAsk {
    SignAsk {
        bucket: world.bucket_name(),
        region: None,
        verb,
        now: SystemClock.now(),
        ttl: Duration::from_secs(60),
        headers: Vec::new(),
        response: Vec::new(),
        internal: false,
    }
}

async fn sign(connection: &Arc<dyn Connection>, ask: &SignAsk, keys: &[&str]) -> Vec<String> {
    let session = connection.open_session(&session_ask(None)).await.unwrap();
    let mut signer = session.signer(ask).unwrap();
    signer.prepare(keys).await.unwrap();
    let url = |key: &&str| {
        let mut url = String::new();
        signer.sign_into(key, &mut url);
        url
    };
    keys.iter().map(url).collect()
}

#[tokio::test]
async fn urls_of_a_key_and_of_google_open_awkward_names_and_nothing_else() {
    let world = World::new().await;
    // A client would resolve dot segments and double slashes of a path before it asks.
    let keys = ["plain", " blanks ", "a%2Fb", "é", "a b&c=d?e#f", "日本/語", "*{}$[]'"];
    for connection in [world.by_key("writer", USER), world.by_acting("writer", USER)] {
        for (key, url) in keys.iter().zip(sign(&connection, &sign_ask(&world, Verb::Put), &keys).await) {
            assert_eq!(fetch("PUT", &url, b"0123").await.status, 200, "{key}");
        }
        let urls = sign(&connection, &sign_ask(&world, Verb::Get), &keys).await;
        for (key, url) in keys.iter().zip(&urls) {
            let answer = fetch("GET", url, b"").await;
            assert_eq!((answer.status, answer.body.as_ref()), (200, b"0123".as_slice()), "{key}");
        }
        assert_eq!(fetch("DELETE", &urls[0], b"").await.status, 403, "a URL is good for its verb alone");
        assert_eq!(fetch("GET", &urls[0].replace("/plain", "/other"), b"").await.status, 403);
        for (key, url) in keys.iter().zip(sign(&connection, &sign_ask(&world, Verb::Delete), &keys).await) {
            assert_eq!(fetch("DELETE", &url, b"").await.status, 204, "{key}");
        }
    }
    let signed = world.front.calls_of(GcpCall::SignBlob);
    assert_eq!(signed.len(), 3 * keys.len());
    assert_eq!(signed[0].principal, Some(world.provider("operators").member(super::world::PROJECT)));
}

#[tokio::test]
async fn a_url_has_the_rights_of_its_account_and_dies_with_its_key() {
    let world = World::new().await;
    world.bucket.put("in/a", "x").await;
    world.front.grant(world.bucket.name(), &world.member("reader"), VIEWER);
    let file = world.front.service_account_json("reader");
    let connection = world.connect("gcp-service-account-key", &[], Some(&file));
    let written = &sign(&connection, &sign_ask(&world, Verb::Put), &["in/b"]).await[0];
    assert_eq!(fetch("PUT", written, b"x").await.status, 403);
    let url = &sign(&connection, &sign_ask(&world, Verb::Get), &["in/a"]).await[0];
    assert_eq!(fetch("GET", url, b"").await.status, 200);
    world.front.revoke_key(&super::world::key_id(&file));
    assert_eq!(fetch("GET", url, b"").await.status, 403);
}

#[tokio::test]
async fn what_an_answer_overrides_is_signed_and_what_google_does_not_know_is_refused() {
    let world = World::new().await;
    world.bucket.put("in/a", "x").await;
    let connection = world.by_key("reader", VIEWER);
    let mut ask = sign_ask(&world, Verb::Get);
    ask.response = vec![("response-content-disposition".to_owned(), "attachment; filename=\"a b\"".to_owned())];
    let url = &sign(&connection, &ask, &["in/a"]).await[0];
    assert_eq!(fetch("GET", url, b"").await.status, 200);
    let session = world.whole(&connection).await;
    ask.response = vec![("response-cache-control".to_owned(), "no-store".to_owned())];
    let error = session.signer(&ask).err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.message.contains("cache-control"), "{error:?}");
    ask.response.clear();
    ask.headers = domain::datasource::Encryption::S3.headers();
    assert_eq!(session.signer(&ask).err().unwrap().kind, Kind::Unsupported);
    ask.headers.clear();
    ask.ttl = Duration::from_secs(604_801);
    assert_eq!(session.signer(&ask).err().unwrap().kind, Kind::TtlTooLong);
}

#[tokio::test]
async fn a_name_that_no_object_can_have_is_refused_before_anything_is_signed() {
    let world = World::new().await;
    let session = world.whole(&world.by_acting("reader", VIEWER)).await;
    let mut signer = session.signer(&sign_ask(&world, Verb::Get)).unwrap();
    let error = signer.prepare(&["good", "a\nb"]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(world.front.calls_of(GcpCall::SignBlob).is_empty());
}

#[tokio::test]
async fn a_batch_of_a_key_is_signed_in_order_by_all_cores() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    let keys: Vec<String> = (0..300).map(|n| format!("in/{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let urls = sign(&connection, &sign_ask(&world, Verb::Get), &keys).await;
    let path = |key: &str| format!("{}/{}/{key}?", world.front.url(), world.bucket.name());
    assert!(keys.iter().zip(&urls).all(|(key, url)| url.starts_with(&path(key))), "in the order of the keys");
    world.bucket.put("in/299", "x").await;
    assert_eq!(fetch("GET", &urls[299], b"").await.status, 200);
}

#[tokio::test]
async fn google_is_asked_again_when_it_has_too_much_to_do_until_all_is_signed() {
    let world = World::new().await;
    let connection = world.by_acting("reader", VIEWER);
    world.front.limit_sign_blob(Some(20));
    let keys: Vec<String> = (0..40).map(|n| format!("in/{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let urls = sign(&connection, &sign_ask(&world, Verb::Get), &keys).await;
    assert_eq!(urls.len(), 40);
    let calls = world.front.calls_of(GcpCall::SignBlob);
    assert!(calls.iter().any(|call| call.status == 429), "the limit was met");
    assert_eq!(calls.iter().filter(|call| call.status == 200).count(), 40);
}

#[tokio::test]
async fn more_than_google_signs_in_a_call_is_refused_with_a_way_out() {
    let world = World::new().await;
    let session = world.whole(&world.by_acting("reader", VIEWER)).await;
    let mut signer = session.signer(&sign_ask(&world, Verb::Get)).unwrap();
    let keys = vec!["k"; 10_001];
    let error = signer.prepare(&keys).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.message.contains("at most 10000") && error.hint.unwrap().contains("several calls"));
    assert!(world.front.calls_of(GcpCall::SignBlob).is_empty());
}

#[tokio::test]
async fn an_account_that_lets_make_tokens_only_signs_nothing_and_says_why() {
    let world = World::new().await;
    let connection = world.by_acting("reader", VIEWER);
    let (email, member) =
        (world.front.service_account("reader"), world.provider("operators").member(super::world::PROJECT));
    world.front.take_back_account(&email, &member);
    world.front.grant_account(&email, &member, "roles/iam.workloadIdentityUser");
    let session = world.whole(&connection).await;
    let mut signer = session.signer(&sign_ask(&world, Verb::Get)).unwrap();
    let error = signer.prepare(&["a"]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert!(error.hint.unwrap().contains(TOKEN_CREATOR));
}
