//! Objects: what is written is what is read.

use domain::provider::{GetAsk, ListAsk, ProviderErrorKind as Kind, PutAsk, PutCondition};

use super::subject::{Subject, put, read};

/// What every one of these stores can hold. SeaweedFS resolves dots and slashes, Azure takes `\` for `/`.
const AWKWARD: [&str; 9] =
    ["plain", "a b", "a+b", "a%2Fb", "a%20b", "é", "a b&c=d?e#f", "q'{}$[]!()@,;", "日本/語/\u{1f600}"];

pub(crate) async fn round(subject: Subject) {
    let storage = subject.storage().await;
    storage.put(&put("in/a.txt", b"0123456789")).await.unwrap();
    let stored = storage.head("in/a.txt").await.unwrap();
    assert_eq!(stored.size, Some(10));
    assert!(stored.etag.is_some() && stored.modified.is_some(), "{stored:?}");
    assert_eq!(read(&storage, "in/a.txt", None).await.unwrap(), b"0123456789");
    assert_eq!(read(&storage, "in/a.txt", Some((2, 4))).await.unwrap(), b"234");
    storage.put(&put("in/a.txt", b"other")).await.unwrap();
    assert_eq!(read(&storage, "in/a.txt", None).await.unwrap(), b"other");
    storage.delete("in/a.txt", None).await.unwrap();
    assert_eq!(storage.head("in/a.txt").await.unwrap_err().kind, Kind::NoSuchKey);
    storage.delete("in/a.txt", None).await.unwrap_or_else(|error| panic!("nothing is there to remove: {error:?}"));
}

pub(crate) async fn awkward(subject: Subject) {
    let storage = subject.storage().await;
    let long = format!("in/{}/{}", "x".repeat(200), "y".repeat(200));
    let mut keys: Vec<String> = AWKWARD.iter().map(|key| format!("in/{key}")).collect();
    keys.push(long);
    for key in &keys {
        storage.put(&put(key, b"x")).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    let listed = storage.list(&ListAsk { prefix: "in/".to_owned(), limit: 1000, ..ListAsk::default() }).await.unwrap();
    let mut found: Vec<_> = listed.items.into_iter().map(|item| item.key).collect();
    found.sort();
    keys.sort();
    assert_eq!(found, keys);
    for key in &keys {
        assert_eq!(read(&storage, key, None).await.unwrap(), b"x", "{key}");
        storage.delete(key, None).await.unwrap();
    }
}

pub(crate) async fn pages(subject: Subject) {
    let storage = subject.storage().await;
    let keys = ["in/a", "in/b/1", "in/b/2", "in/c", "in/d/e/f", "other/x"];
    for key in keys {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let ask = |delimiter: Option<&str>, start_after: Option<&str>, token, limit| ListAsk {
        prefix: "in/".to_owned(),
        delimiter: delimiter.map(str::to_owned),
        token,
        start_after: start_after.map(str::to_owned),
        limit,
    };
    let rolled = storage.list(&ask(Some("/"), None, None, 100)).await.unwrap();
    assert_eq!(rolled.prefixes, ["in/b/", "in/d/"]);
    assert_eq!(rolled.items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["in/a", "in/c"]);
    for delimiter in [None, Some("/")] {
        let (mut found, mut token) = (Vec::new(), None);
        for _ in 0..20 {
            let page = storage.list(&ask(delimiter, None, token, 1)).await.unwrap();
            // fake-gcs-server does not count what is rolled up; Google does (Cloud Storage JSON API, `maxResults`).
            assert!(page.items.len() <= 1, "{page:?}");
            found.extend(page.items.into_iter().map(|item| item.key));
            found.extend(page.prefixes);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let expected: &[&str] = match delimiter {
            None => &keys[..5],
            Some(_) => &["in/a", "in/b/", "in/c", "in/d/"],
        };
        found.sort();
        found.dedup();
        assert_eq!(found, expected, "{delimiter:?}");
    }
    let behind = storage.list(&ask(None, Some("in/b/1"), None, 100)).await.unwrap();
    assert_eq!(behind.items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["in/b/2", "in/c", "in/d/e/f"]);
}

pub(crate) async fn conditions(subject: Subject) {
    let facts = subject.connection.facts().clone();
    let storage = subject.storage().await;
    let ask = |condition| PutAsk { condition, ..put("in/c", b"x") };
    if facts.conditional_replace {
        let wrong = ask(PutCondition::Matches("00000000000000000000000000000000".to_owned()));
        assert!(storage.put(&wrong).await.is_err());
        assert_eq!(storage.head("in/c").await.unwrap_err().kind, Kind::NoSuchKey, "asking wrote something");
    }
    if facts.conditional_create {
        storage.put(&ask(PutCondition::Absent)).await.unwrap();
        assert_eq!(storage.put(&ask(PutCondition::Absent)).await.unwrap_err().kind, Kind::PreconditionFailed);
    }
}

pub(crate) async fn absent(subject: Subject) {
    let session = subject.session().await;
    let storage = session.storage(&subject.bucket, None).unwrap();
    let missing = storage.get(&GetAsk { key: "in/missing".to_owned(), range: None }).await.err().unwrap();
    assert_eq!(missing.kind, Kind::NoSuchKey, "{missing:?}");
    if let Some(answer) = missing.answer {
        assert!(answer.request_id.is_some(), "{answer:?}");
    }
    let elsewhere = session.storage(&"no-such-bucket-of-ours".parse().unwrap(), None).unwrap();
    let error = elsewhere.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    assert!(matches!(error.kind, Kind::NoSuchBucket | Kind::Denied), "{error:?}");
}
