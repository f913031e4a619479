//! The object client: names, pages, conditions. fake-gcs-server keeps, a double decides.

use bytes::Bytes;
use domain::provider::{ListAsk, ProviderErrorKind as Kind, PutAsk, PutCondition};
use testkit::gcp::GcpCall;
use testkit::{HttpDouble, Reply};

use super::world::{USER, VIEWER, World, put, read};

/// What Cloud Storage takes and others bend.
const AWKWARD: [&str; 18] = [
    "plain",
    " blanks ",
    "a+b",
    "a%2Fb",
    "a%20b",
    "é",
    "a b&c=d?e#f",
    "q\"'<>|",
    "*{}$[]",
    "日本/語",
    "/lead",
    "//two//",
    "a/../b",
    "./a",
    "...",
    "tab\tand\u{1}",
    "~^`\\",
    "%",
];

#[tokio::test]
async fn awkward_names_are_written_listed_read_and_deleted_as_they_are() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    let long = "k".repeat(1_020) + "é/x";
    let mut names: Vec<String> = AWKWARD.iter().map(|name| (*name).to_owned()).chain([long]).collect();
    for name in &names {
        storage.put(&put(name, b"0123456789")).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(storage.head(name).await.unwrap().size, Some(10), "{name}");
        assert_eq!(read(&storage, name, None).await.unwrap().1, "0123456789", "{name}");
    }
    let listed = storage.list(&ListAsk { limit: 1_000, ..ListAsk::default() }).await.unwrap();
    let mut found: Vec<String> = listed.items.into_iter().map(|item| item.key).collect();
    found.sort();
    names.sort();
    assert_eq!(found, names);
    for name in &names {
        storage.delete(name, None).await.unwrap();
        assert_eq!(storage.head(name).await.unwrap_err().kind, Kind::NoSuchKey, "{name}");
    }
}

#[tokio::test]
async fn names_that_google_refuses_are_refused_before_it_is_asked() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    let before = world.front.calls().len();
    for name in [".", "..", "a\nb", ".well-known/acme-challenge/x"] {
        let error = storage.put(&put(name, b"x")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unsupported, "{name:?}");
        assert!(error.message.contains("for no object") && error.hint.is_some(), "{error:?}");
        assert!(storage.head(name).await.is_err() && storage.delete(name, None).await.is_err());
    }
    assert_eq!(world.front.calls().len(), before);
}

#[tokio::test]
async fn a_range_is_a_part_of_the_whole() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    storage.put(&put("r", b"0123456789")).await.unwrap();
    assert_eq!(read(&storage, "r", Some((2, 4))).await.unwrap(), (Some(10), Bytes::from_static(b"234")));
}

#[tokio::test]
async fn a_listing_is_paged_rolled_up_and_begins_after_a_name() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    let keys = ["p/a", "p/b/1", "p/b/2", "p/c"];
    for key in keys {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let under = ListAsk { prefix: "p/".to_owned(), limit: 100, ..ListAsk::default() };
    let rolled = storage.list(&ListAsk { delimiter: Some("/".to_owned()), ..under.clone() }).await.unwrap();
    assert_eq!((rolled.prefixes, rolled.items.len()), (vec!["p/b/".to_owned()], 2));
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let page = storage.list(&ListAsk { token, limit: 1, ..under.clone() }).await.unwrap();
        found.extend(page.items.into_iter().map(|item| item.key));
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(found, keys);
    for (after, expected) in [("p/b/1", &keys[2..]), ("p/b", &keys[1..]), ("p/c", &[])] {
        let page = storage.list(&ListAsk { start_after: Some(after.to_owned()), ..under.clone() }).await.unwrap();
        assert_eq!(page.items.into_iter().map(|item| item.key).collect::<Vec<_>>(), expected, "after {after}");
    }
    let first = ListAsk { start_after: Some("p/a".to_owned()), limit: 1, ..under };
    assert_eq!(storage.list(&first).await.unwrap().items[0].key, "p/b/1", "the name itself uses up no place");
}

#[tokio::test]
async fn conditions_are_generations_and_a_tag_that_is_none_writes_nothing() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    let ask = |condition| PutAsk { condition, ..put("c", b"x") };
    let nobodys = ask(PutCondition::Matches("\"00000000000000000000000000000000\"".to_owned()));
    assert_eq!(storage.put(&nobodys).await.unwrap_err().kind, Kind::PreconditionFailed);
    assert_eq!(storage.head("c").await.unwrap_err().kind, Kind::NoSuchKey, "asking wrote nothing");
    let tag = storage.put(&ask(PutCondition::Absent)).await.unwrap().etag.unwrap();
    assert_eq!(storage.put(&ask(PutCondition::Absent)).await.unwrap_err().kind, Kind::PreconditionFailed);
    assert_eq!(storage.put(&nobodys).await.unwrap_err().kind, Kind::PreconditionFailed);
    assert_eq!(storage.head("c").await.unwrap().etag.as_deref(), Some(tag.as_str()));
    storage.put(&ask(PutCondition::Matches(tag.clone()))).await.unwrap();
    assert_eq!(storage.put(&ask(PutCondition::Matches(tag))).await.unwrap_err().kind, Kind::PreconditionFailed);
    let reader = world.storage(&world.by_key("reader", VIEWER)).await;
    assert_eq!(reader.put(&nobodys).await.unwrap_err().kind, Kind::Denied, "rights come before conditions");
}

#[tokio::test]
async fn refusals_have_a_kind_a_code_and_a_request_id() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    let storage = world.storage(&connection).await;
    let absent = read(&storage, "nothing", None).await.unwrap_err();
    assert_eq!(absent.kind, Kind::NoSuchKey);
    let answer = absent.answer.unwrap();
    assert_eq!((answer.code.as_deref(), answer.http_status), (Some("notFound"), Some(404)));
    assert!(answer.request_id.is_some());
    assert_eq!(storage.put(&put("a", b"x")).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(storage.delete("a", None).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(storage.may_read_bucket_policy().await.unwrap_err().kind, Kind::Denied);
    let elsewhere = world.whole(&connection).await.storage(&"no-such-bucket-here".parse().unwrap(), None).unwrap();
    let list = ListAsk { limit: 1, ..ListAsk::default() };
    assert_eq!(elsewhere.list(&list).await.unwrap_err().kind, Kind::NoSuchBucket);
    assert_eq!(read(&elsewhere, "a", None).await.unwrap_err().kind, Kind::NoSuchBucket);
    assert_eq!(storage.list_buckets().await.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn who_administers_the_project_is_seen_to() {
    let world = World::new().await;
    let connection = world.by_key("admin", USER);
    world.front.grant_project(&world.member("admin"), "roles/storage.admin");
    let storage = world.storage(&connection).await;
    assert!(storage.list_buckets().await.unwrap().iter().any(|bucket| bucket.name == world.bucket.name()));
    assert!(storage.may_read_bucket_policy().await.is_ok());
    let acl = storage.may_read_bucket_acl().await.unwrap_err();
    assert_eq!(acl.kind, Kind::NotImplemented, "a bucket with uniform access has no lists");
}

#[tokio::test]
async fn a_bucket_that_keeps_versions_gives_them() {
    let world = World::new().await;
    world.front.set_bucket(world.bucket.name(), &serde_json::json!({"versioning": {"enabled": true}}));
    world.front.grant(world.bucket.name(), &world.member("writer"), "roles/storage.legacyBucketReader");
    let connection = world.by_key("writer", USER);
    let storage = world.storage(&connection).await;
    assert_eq!(storage.put(&put("v", b"x")).await.unwrap().version, None, "not looked at yet");
    let tags = super::world::session_ask(None).tags;
    connection.probe(&domain::provider::Probe::Region { tags, bucket: Some(world.bucket_name()) }).await;
    let stored = world.storage(&connection).await.put(&put("v", b"y")).await.unwrap();
    assert_eq!(stored.version, stored.etag);
}

#[tokio::test]
async fn headers_of_another_store_are_refused_and_the_type_is_kept() {
    let world = World::new().await;
    let storage = world.storage(&world.by_key("writer", USER)).await;
    let headers = domain::datasource::Encryption::S3.headers();
    let error = storage.put(&PutAsk { headers, ..put("e", b"x") }).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.hint.unwrap().contains("Google encrypts"));
    let headers = vec![("Content-Type".to_owned(), "image/png".to_owned())];
    storage.put(&PutAsk { headers, ..put("e", b"x") }).await.unwrap();
    assert_eq!(storage.head("e").await.unwrap().content_type.as_deref(), Some("image/png"));
}

/// A double of the store alone shows what is sent.
#[tokio::test]
async fn the_buckets_own_log_is_told_the_person_and_the_project() {
    let world = World::new().await;
    let store = HttpDouble::always(Reply::new(200, "application/json", r#"{"kind":"storage#objects"}"#));
    let deps = tidegate_providers::GcpDeps { storage_endpoint: Some(store.url()), ..world.deps() };
    let file = world.front.service_account_json("reader");
    let connection = world.connect_with(deps, "gcp-service-account-key", &[], Some(&file));
    world.storage(&connection).await.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap();
    let asked = &store.requests()[0];
    assert_eq!(asked.header("x-goog-custom-audit-tidegate-principal"), Some("ann@example.com"));
    assert_eq!(asked.header("x-goog-custom-audit-tidegate-project"), Some("acme"));
    assert!(world.front.calls_of(GcpCall::ObjectList).is_empty());
}
