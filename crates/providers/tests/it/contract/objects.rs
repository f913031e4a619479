//! Objects: what is written is what is read.

use domain::provider::{GetAsk, ListAsk, Listing, ProviderErrorKind as Kind, PutAsk, PutCondition};

use super::subject::{Subject, put, read};

/// What every one of these stores can hold. SeaweedFS resolves dots and slashes, Azure takes `\` for `/`.
const AWKWARD: [&str; 9] =
    ["plain", "a b", "a+b", "a%2Fb", "a%20b", "é", "a b&c=d?e#f", "q'{}$[]!()@,;", "日本/語/\u{1f600}"];

pub(crate) async fn round(subject: &Subject) {
    let storage = subject.storage().await;
    let key = &subject.at("in/a.txt");
    storage.put(&put(key.clone(), b"0123456789")).await.unwrap();
    let stored = storage.head(key).await.unwrap();
    assert_eq!(stored.size, Some(10));
    assert!(stored.etag.is_some() && stored.modified.is_some(), "{stored:?}");
    assert_eq!(read(&storage, key, None).await.unwrap(), b"0123456789");
    assert_eq!(read(&storage, key, Some((2, 4))).await.unwrap(), b"234");
    storage.put(&put(key.clone(), b"other")).await.unwrap();
    assert_eq!(read(&storage, key, None).await.unwrap(), b"other");
    storage.delete(key, None).await.unwrap();
    assert_eq!(storage.head(key).await.unwrap_err().kind, Kind::NoSuchKey);
    storage.delete(key, None).await.unwrap_or_else(|error| panic!("nothing is there to remove: {error:?}"));
}

pub(crate) async fn awkward(subject: &Subject) {
    let storage = subject.storage().await;
    let long = format!("{}/{}", "x".repeat(200), "y".repeat(200));
    let names = AWKWARD.into_iter().chain([long.as_str()]);
    let mut keys: Vec<String> = names.map(|name| subject.at(&format!("in/{name}"))).collect();
    for key in &keys {
        storage.put(&put(key.clone(), b"x")).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    let listed = storage.list(&ListAsk { prefix: subject.at("in/"), limit: 1000, ..ListAsk::default() }).await.unwrap();
    let mut found: Vec<_> = listed.items.into_iter().map(|item| item.key).collect();
    found.sort();
    keys.sort();
    assert_eq!(found, keys);
    for key in &keys {
        assert_eq!(read(&storage, key, None).await.unwrap(), b"x", "{key}");
        storage.delete(key, None).await.unwrap();
    }
}

pub(crate) async fn pages(subject: &Subject) {
    let storage = subject.storage().await;
    let at = |keys: &[&str]| keys.iter().map(|key| subject.at(key)).collect::<Vec<_>>();
    let keys = at(&["in/a", "in/b/1", "in/b/2", "in/c", "in/d/e/f", "other/x"]);
    for key in &keys {
        storage.put(&put(key.clone(), b"x")).await.unwrap();
    }
    let ask = |delimiter: Option<&str>, start_after: Option<&str>, token, limit| ListAsk {
        prefix: subject.at("in/"),
        delimiter: delimiter.map(str::to_owned),
        token,
        start_after: start_after.map(|key| subject.at(key)),
        limit,
    };
    let rolled = storage.list(&ask(Some("/"), None, None, 100)).await.unwrap();
    assert_eq!(rolled.prefixes, at(&["in/b/", "in/d/"]));
    assert_eq!(keys_of(rolled), at(&["in/a", "in/c"]));
    for delimiter in [None, Some("/")] {
        let (mut found, mut token) = (Vec::new(), None);
        for _ in 0..20 {
            let mut page = storage.list(&ask(delimiter, None, token, 1)).await.unwrap();
            // fake-gcs-server does not count what is rolled up; Google does (Cloud Storage JSON API, `maxResults`).
            assert!(page.items.len() <= 1, "{page:?}");
            token = page.next.take();
            found.append(&mut page.prefixes);
            found.extend(keys_of(page));
            if token.is_none() {
                break;
            }
        }
        let expected = match delimiter {
            None => keys[..5].to_vec(),
            Some(_) => at(&["in/a", "in/b/", "in/c", "in/d/"]),
        };
        found.sort();
        found.dedup();
        assert_eq!(found, expected, "{delimiter:?}");
    }
    let behind = storage.list(&ask(None, Some("in/b/1"), None, 100)).await.unwrap();
    assert_eq!(keys_of(behind), at(&["in/b/2", "in/c", "in/d/e/f"]));
}

fn keys_of(page: Listing) -> Vec<String> {
    page.items.into_iter().map(|item| item.key).collect()
}

pub(crate) async fn conditions(subject: &Subject) {
    let facts = subject.connection.facts().clone();
    let storage = subject.storage().await;
    let key = subject.at("in/c");
    let ask = |condition| PutAsk { condition, ..put(key.clone(), b"x") };
    if facts.conditional_replace {
        let wrong = ask(PutCondition::Matches("00000000000000000000000000000000".to_owned()));
        assert!(storage.put(&wrong).await.is_err());
        assert_eq!(storage.head(&key).await.unwrap_err().kind, Kind::NoSuchKey, "asking wrote something");
    }
    if facts.conditional_create {
        storage.put(&ask(PutCondition::Absent)).await.unwrap();
        assert_eq!(storage.put(&ask(PutCondition::Absent)).await.unwrap_err().kind, Kind::PreconditionFailed);
    }
}

pub(crate) async fn absent(subject: &Subject) {
    let session = subject.session().await;
    let storage = session.storage(&subject.bucket, None).unwrap();
    let missing = storage.get(&GetAsk { key: subject.at("in/missing"), range: None }).await.err().unwrap();
    assert_eq!(missing.kind, Kind::NoSuchKey, "{missing:?}");
    if let Some(answer) = missing.answer {
        assert!(answer.request_id.is_some(), "{answer:?}");
    }
    let elsewhere = session.storage(&"no-such-bucket-of-ours".parse().unwrap(), None).unwrap();
    let error = elsewhere.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    let pasted = subject.method == "azure-sas";
    match error.kind {
        Kind::NoSuchBucket | Kind::Denied => {}
        // A signature for one container is no signature at all in another.
        Kind::BadCredentials if pasted => {}
        _ => panic!("{error:?}"),
    }
}
