//! Tokens narrowed by a Credential Access Boundary. A double decides what lies within.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::provider::{Connection, Credential, ListAsk, ObjectStorage, ProviderErrorKind as Kind, SessionAsk};
use domain::scope::Access;
use serde_json::json;
use testkit::Reply;
use testkit::gcp::GcpCall;

use super::world::{USER, World, put, read, session_ask};

async fn narrowed(
    world: &World,
    connection: &Arc<dyn Connection>,
    prefix: &str,
    access: Access,
) -> Arc<dyn ObjectStorage> {
    let ask = session_ask(Some(world.scope(prefix, access)));
    connection.open_session(&ask).await.unwrap().storage(&world.bucket_name(), None).unwrap()
}

fn list(prefix: &str) -> ListAsk {
    ListAsk { prefix: prefix.to_owned(), limit: 10, ..ListAsk::default() }
}

#[tokio::test]
async fn a_narrowed_token_reaches_its_scope_and_nothing_else() {
    let world = World::new().await;
    for key in ["team-a/in", "team-ab/in", "team-b/in", "it's \\ \"a\"/in"] {
        world.bucket.put(key, "x").await;
    }
    for connection in [world.by_key("writer", USER), world.by_acting("writer", USER)] {
        let reader = narrowed(&world, &connection, "team-a", Access::Read).await;
        assert_eq!(read(&reader, "team-a/in", None).await.unwrap().1, "x");
        assert_eq!(reader.list(&list("team-a/")).await.unwrap().items.len(), 1);
        for outside in ["team-", "team-ab/", "team-b/", ""] {
            assert_eq!(reader.list(&list(outside)).await.unwrap_err().kind, Kind::Denied, "{outside}");
        }
        for outside in ["team-ab/in", "team-b/in"] {
            assert_eq!(read(&reader, outside, None).await.unwrap_err().kind, Kind::Denied, "{outside}");
        }
        assert_eq!(reader.put(&put("team-a/new", b"x")).await.unwrap_err().kind, Kind::Denied);
        assert_eq!(reader.delete("team-a/in", None).await.unwrap_err().kind, Kind::Denied);
        let writer = narrowed(&world, &connection, "team-a", Access::Write).await;
        writer.put(&put("team-a/new", b"x")).await.unwrap();
        writer.put(&put("team-a/new", b"y")).await.unwrap();
        assert_eq!(read(&writer, "team-a/new", None).await.unwrap_err().kind, Kind::Denied);
        assert_eq!(writer.list(&list("team-a/")).await.unwrap_err().kind, Kind::Denied);
        assert_eq!(writer.put(&put("team-b/new", b"x")).await.unwrap_err().kind, Kind::Denied);
        writer.delete("team-a/new", None).await.unwrap();
        let both = narrowed(&world, &connection, "it's \\ \"a\"", Access::ReadWrite).await;
        assert_eq!(read(&both, "it's \\ \"a\"/in", None).await.unwrap().1, "x");
        both.put(&put("it's \\ \"a\"/in", b"x")).await.unwrap();
        assert!(read(&both, "team-a/in", None).await.is_err());
    }
}

#[tokio::test]
async fn a_narrowed_token_is_handed_out_and_a_wide_one_never() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let session = connection.open_session(&session_ask(Some(world.scope("a", Access::Read)))).await.unwrap();
    let Credential::Gcp(credential) = session.credential().unwrap() else { panic!("not for Google") };
    assert_eq!(credential.endpoint, Some(world.front.url()));
    assert!(credential.project_id.is_some());
    let narrowed = world.front.calls_of(GcpCall::Downscope);
    assert!(narrowed[0].body["options"].as_str().unwrap().contains("accessBoundaryRules"));
    let whole = world.whole(&connection).await;
    assert_eq!(whole.expires_at(), None);
    assert_eq!(whole.credential().unwrap_err().kind, Kind::Unsupported);
    let ask = super::signing::sign_ask(&world, domain::scope::Verb::Get);
    assert_eq!(session.signer(&ask).err().unwrap().kind, Kind::Unsupported, "a URL would carry all rights");
}

#[tokio::test]
async fn a_session_ends_with_the_token_that_it_was_made_of() {
    let world = World::new().await;
    let left = async |connection: &Arc<dyn Connection>, ttl: u64| {
        let ask = SessionAsk { ttl: Duration::from_secs(ttl), ..session_ask(Some(world.scope("a", Access::Read))) };
        let session = connection.open_session(&ask).await.unwrap();
        session.expires_at().unwrap().duration_since(SystemClock.now()).as_secs()
    };
    let acting = world.by_acting("writer", USER);
    assert!((880..=900).contains(&left(&acting, 900).await), "an acted-for account's token lives as long as is asked");
    let key = world.by_key("writer", USER);
    assert!((3_500..=3_600).contains(&left(&key, 900).await), "a key's token always lives an hour");
    world.front.token_lifetime(Duration::from_secs(1_200));
    assert!((1_100..=1_200).contains(&left(&acting, 3_600).await), "the end is the true one, also if less is given");
}

#[tokio::test]
async fn a_bucket_with_fine_grained_access_is_unsupported_with_the_command_that_mends_it() {
    let world = World::new().await;
    let connection = world.by_key("writer", USER);
    world.front.grant(world.bucket.name(), &world.member("writer"), "roles/storage.legacyBucketReader");
    let off = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}});
    world.front.set_bucket(world.bucket.name(), &off);
    let error = connection.open_session(&session_ask(Some(world.scope("a", Access::Read)))).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
    let command = format!("gcloud storage buckets update gs://{} --uniform-bucket-level-access", world.bucket.name());
    assert!(error.hint.unwrap().contains(&command));
    assert!(world.front.calls_of(GcpCall::Downscope).is_empty());
}

#[tokio::test]
async fn a_bucket_that_may_not_be_looked_at_is_narrowed_all_the_same() {
    let world = World::new().await;
    let connection = world.by_key("writer", USER);
    for _ in 0..2 {
        connection.open_session(&session_ask(Some(world.scope("a", Access::Read)))).await.unwrap();
    }
    assert_eq!(world.front.calls_of(GcpCall::BucketGet).len(), 1, "what may not be looked at is remembered too");
}

/// A double that answers as it is told.
#[tokio::test]
async fn a_service_that_gives_the_wide_token_back_is_not_believed() {
    let world = World::new().await;
    let connection = world.by_key("writer", USER);
    let same = json!({"access_token": "ya29.wide", "expires_in": 3_600, "token_type": "Bearer"});
    for call in [GcpCall::Token, GcpCall::Downscope] {
        world.front.fault(call, Reply::new(200, "application/json", same.to_string()));
    }
    world
        .front
        .fault(GcpCall::BucketGet, Reply::new(403, "application/json", json!({"error": {"code": 403}}).to_string()));
    let ask = session_ask(Some(world.scope("a", Access::Read)));
    let error = connection.open_session(&ask).await.err().unwrap();
    assert_eq!(error.kind, Kind::NotTheProvider, "{error:?}");
    assert!(error.message.contains("to be narrowed"), "{error:?}");
}

/// A double that answers as it is told.
#[tokio::test]
async fn no_token_is_taken_to_live_longer_than_google_lets_any() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let endless = json!({"accessToken": "ya29.wide", "expireTime": "2999-01-01T00:00:00Z"});
    let narrow = json!({"access_token": "ya29.narrow", "token_type": "Bearer"});
    world.front.fault(GcpCall::GenerateAccessToken, Reply::new(200, "application/json", endless.to_string()));
    world.front.fault(GcpCall::Downscope, Reply::new(200, "application/json", narrow.to_string()));
    world
        .front
        .fault(GcpCall::BucketGet, Reply::new(403, "application/json", json!({"error": {"code": 403}}).to_string()));
    let session = connection.open_session(&session_ask(Some(world.scope("a", Access::Read)))).await.unwrap();
    let left = session.expires_at().unwrap().duration_since(SystemClock.now()).as_secs();
    assert!((43_000..=43_200).contains(&left), "{left}");
}
