//! The object client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::clock::{Clock as _, SystemClock};
use domain::fetch::{Fetch as _, PlainRequest};
use domain::provider::{GetAsk, ListAsk, ObjectStorage, ProviderErrorKind as Kind, PutAsk, PutCondition, SignAsk};
use domain::scope::Verb;
use futures::StreamExt as _;

use crate::store::{BROKER, bucket, connect, endpoint, objects, own_prefix, put, root, session_ask};

/// What SeaweedFS keeps as it is; it resolves `.`, `..` and `//` and takes `\` for `/`, so these cannot be tried with it.
const AWKWARD: [&str; 10] =
    ["plain", " blanks ", "a+b", "a%2Fb", "a%20b", "é", "a b&c=d?e#f", "q\"'<>|", "*{}$[]", "日本/語"];

async fn read(storage: &Arc<dyn ObjectStorage>, key: &str, range: Option<(u64, u64)>) -> (Option<u64>, Bytes) {
    let (stored, mut body) = storage.get(&GetAsk { key: key.to_owned(), range }).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
    }
    (stored.size, bytes.into())
}

#[tokio::test]
async fn awkward_keys_are_written_listed_read_signed_and_deleted_as_they_are() {
    let session = root().await;
    let (storage, prefix) = (objects(&session), own_prefix(""));
    let keys: Vec<String> = AWKWARD.iter().map(|key| format!("{prefix}{key}")).collect();
    for key in &keys {
        storage.put(&put(key, b"0123456789")).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    let listed = storage.list(&ListAsk { prefix: prefix.clone(), limit: 1000, ..ListAsk::default() }).await.unwrap();
    let mut names: Vec<String> = listed.items.into_iter().map(|item| item.key).collect();
    let mut expected = keys.clone();
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    let ask = SignAsk {
        bucket: bucket(),
        region: None,
        verb: Verb::Get,
        now: SystemClock.now(),
        ttl: Duration::from_secs(60),
        headers: Vec::new(),
        response: Vec::new(),
        internal: false,
    };
    let mut signer = session.signer(&ask).unwrap();
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let plain = net::Transport::new(net::EgressConfig { allow, ..net::EgressConfig::default() }).unwrap();
    for key in &keys {
        assert_eq!(storage.head(key).await.unwrap().size, Some(10), "{key}");
        assert_eq!(read(&storage, key, None).await.1, "0123456789", "{key}");
        let mut url = String::new();
        signer.sign_into(key, &mut url);
        let request = PlainRequest {
            method: http::Method::GET,
            url,
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(20),
        };
        let answer = plain.fetch(request).await.unwrap();
        assert_eq!((answer.status, answer.body), (200, Bytes::from_static(b"0123456789")), "{key}");
        storage.delete(key, None).await.unwrap();
        assert_eq!(storage.head(key).await.unwrap_err().kind, Kind::NoSuchKey, "{key}");
    }
}

#[tokio::test]
async fn a_range_is_a_part_of_the_whole() {
    let storage = objects(&root().await);
    let key = format!("{}r", own_prefix(""));
    storage.put(&put(&key, b"0123456789")).await.unwrap();
    assert_eq!(read(&storage, &key, Some((2, 4))).await, (Some(10), Bytes::from_static(b"234")));
    storage.delete(&key, None).await.unwrap();
}

#[tokio::test]
async fn a_listing_is_paged_and_rolled_up() {
    let storage = objects(&root().await);
    let prefix = own_prefix("");
    let keys = ["a", "b/1", "b/2", "c"].map(|name| format!("{prefix}{name}"));
    for key in &keys {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let rolled = ListAsk { prefix: prefix.clone(), delimiter: Some("/".to_owned()), limit: 100, ..ListAsk::default() };
    let rolled = storage.list(&rolled).await.unwrap();
    assert_eq!(rolled.prefixes, [format!("{prefix}b/")]);
    assert_eq!(rolled.items.len(), 2);
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let ask = ListAsk { prefix: prefix.clone(), token, limit: 1, ..ListAsk::default() };
        let page = storage.list(&ask).await.unwrap();
        found.extend(page.items.into_iter().map(|item| item.key));
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(found, keys);
    let after = ListAsk { prefix: prefix.clone(), start_after: Some(keys[1].clone()), limit: 9, ..ListAsk::default() };
    assert_eq!(storage.list(&after).await.unwrap().items.len(), 2);
    for key in &keys {
        storage.delete(key, None).await.unwrap();
    }
}

#[tokio::test]
async fn conditions_are_honoured_as_the_preset_says() {
    let storage = objects(&root().await);
    let key = format!("{}c", own_prefix(""));
    let ask = |condition| PutAsk { condition, ..put(&key, b"x") };
    let wrong = ask(PutCondition::Matches("00000000000000000000000000000000".to_owned()));
    let kind = storage.put(&wrong).await.unwrap_err().kind;
    assert!(matches!(kind, Kind::PreconditionFailed | Kind::NoSuchKey), "{kind:?}");
    assert_eq!(storage.head(&key).await.unwrap_err().kind, Kind::NoSuchKey, "asking wrote nothing");
    let etag = storage.put(&ask(PutCondition::Absent)).await.unwrap().etag.unwrap();
    assert_eq!(storage.put(&ask(PutCondition::Absent)).await.unwrap_err().kind, Kind::PreconditionFailed);
    assert_eq!(storage.put(&wrong).await.unwrap_err().kind, Kind::PreconditionFailed);
    storage.put(&ask(PutCondition::Matches(etag))).await.unwrap();
    storage.delete(&key, None).await.unwrap();
}

#[tokio::test]
async fn encryption_is_reported_as_the_store_did_it() {
    let storage = objects(&root().await);
    let key = format!("{}e", own_prefix(""));
    let headers = domain::datasource::Encryption::S3.headers();
    storage.put(&PutAsk { headers, ..put(&key, b"x") }).await.unwrap();
    assert_eq!(storage.head(&key).await.unwrap().encryption.as_deref(), Some("AES256"));
    storage.delete(&key, None).await.unwrap();
}

#[tokio::test]
async fn refusals_have_a_kind_a_code_and_a_request_id() {
    let root = root().await;
    let absent = GetAsk { key: own_prefix("") + "x", range: None };
    let error = objects(&root).get(&absent).await.err().unwrap();
    assert_eq!(error.kind, Kind::NoSuchKey);
    let answer = error.answer.unwrap();
    assert_eq!((answer.code.as_deref(), answer.http_status), (Some("NoSuchKey"), Some(404)));
    assert!(answer.request_id.is_some());
    let elsewhere = root.storage(&"no-such-bucket-here".parse().unwrap(), None).unwrap();
    let list = ListAsk { limit: 1, ..ListAsk::default() };
    assert_eq!(elsewhere.list(&list).await.unwrap_err().kind, Kind::NoSuchBucket);
    for (keys, kind) in [
        ((BROKER.0, BROKER.1), Kind::Denied),
        ((BROKER.0, "wrong-secret"), Kind::BadCredentials),
        (("AKIANOBODY", "wrong-secret"), Kind::BadCredentials),
    ] {
        let session = connect("s3-compatible", Some(keys), &[]).open_session(&session_ask(None)).await.unwrap();
        let error = objects(&session).list(&list).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(!format!("{error:?}").contains("wrong-secret"));
    }
    assert!(objects(&root).list_buckets().await.unwrap().iter().any(|info| info.name == bucket().as_str()));
    assert!(!endpoint().is_empty());
}
