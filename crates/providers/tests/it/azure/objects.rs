//! The object client against Azurite itself, with the key of the account.

use domain::provider::{ListAsk, ProviderErrorKind as Kind, PutAsk, PutCondition};
use domain::scope::Verb;
use testkit::azure::AzureContainer;
use testkit::component::ACCOUNT;

use super::world::{azurite_with, fetch, open, put, read, sign, sign_ask};

const AWKWARD: [&str; 13] = [
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
    "//two",
    "a//b",
    "~-_.x",
];

#[tokio::test]
async fn awkward_names_are_written_listed_read_signed_and_deleted_as_they_are() {
    let container = AzureContainer::create(ACCOUNT).await;
    let bucket = container.name().parse().unwrap();
    let session = open(&azurite_with(ACCOUNT.key, &[])).await;
    let storage = session.storage(&bucket, None).unwrap();
    let long = format!("long/{}", "é".repeat(505));
    let keys: Vec<&str> = AWKWARD.into_iter().chain([long.as_str()]).collect();
    for key in &keys {
        storage.put(&put(key, b"0123456789")).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    let listed = storage.list(&ListAsk { limit: 1000, ..ListAsk::default() }).await.unwrap();
    let mut names: Vec<&str> = listed.items.iter().map(|item| item.key.as_str()).collect();
    let mut expected = keys.clone();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for key in keys {
        let stored = storage.head(key).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
        assert_eq!((stored.size, stored.encryption.as_deref()), (Some(10), Some("AES256")), "{key}");
        assert_eq!(read(&storage, key, None).await.1, "0123456789", "{key}");
        let url = sign(&session, &sign_ask(&bucket, Verb::Get), key).await.unwrap();
        assert_eq!(fetch("GET", &url, &[], b"").await.ok().text(), "0123456789", "{key}");
        storage.delete(key, None).await.unwrap();
        assert_eq!(storage.head(key).await.unwrap_err().kind, Kind::NoSuchKey, "{key}");
        storage.delete(key, None).await.unwrap_or_else(|error| panic!("nothing is there: {error:?}"));
    }
}

#[tokio::test]
async fn names_that_azure_would_read_as_others_never_leave() {
    let container = AzureContainer::create(ACCOUNT).await;
    let session = open(&azurite_with(ACCOUNT.key, &[])).await;
    let storage = session.storage(&container.name().parse().unwrap(), None).unwrap();
    for key in ["in/..\\x", "in/../x", "a.", "a\nb", "folder/"] {
        let error = storage.put(&put(key, b"x")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unsupported, "{key:?}");
    }
    assert!(storage.list(&ListAsk { limit: 10, ..ListAsk::default() }).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn listings_have_pages_folders_and_a_beginning() {
    let container = AzureContainer::create(ACCOUNT).await;
    let session = open(&azurite_with(ACCOUNT.key, &[])).await;
    let storage = session.storage(&container.name().parse().unwrap(), None).unwrap();
    for key in ["in/a", "in/b", "in/c", "in/sub/d", "out/e"] {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let ask = ListAsk { prefix: "in/".to_owned(), limit: 2, ..ListAsk::default() };
    let (mut keys, mut token) = (Vec::new(), None);
    loop {
        let page = storage.list(&ListAsk { token, ..ask.clone() }).await.unwrap();
        assert!(page.items.len() <= 2);
        keys.extend(page.items.into_iter().map(|item| item.key));
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["in/a", "in/b", "in/c", "in/sub/d"]);
    let folders = ListAsk { delimiter: Some("/".to_owned()), limit: 100, ..ask.clone() };
    let page = storage.list(&folders).await.unwrap();
    assert_eq!((page.items.len(), page.prefixes), (3, vec!["in/sub/".to_owned()]));
    let after = storage.list(&ListAsk { start_after: Some("in/b".to_owned()), ..ask }).await.unwrap();
    assert_eq!(after.items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["in/c", "in/sub/d"]);
    let all = storage.list_buckets().await.unwrap();
    assert!(all.iter().any(|found| found.name == container.name()));
}

#[tokio::test]
async fn conditions_are_kept_and_a_replacement_of_nothing_writes_nothing() {
    let container = AzureContainer::create(ACCOUNT).await;
    let session = open(&azurite_with(ACCOUNT.key, &[])).await;
    let storage = session.storage(&container.name().parse().unwrap(), None).unwrap();
    let absent = PutAsk { condition: PutCondition::Absent, ..put("k", b"one") };
    let stored = storage.put(&absent).await.unwrap();
    assert_eq!(storage.put(&absent).await.unwrap_err().kind, Kind::PreconditionFailed);
    let matching = PutCondition::Matches(stored.etag.unwrap());
    storage.put(&PutAsk { condition: matching.clone(), ..put("k", b"two") }).await.unwrap();
    let stale = storage.put(&PutAsk { condition: matching, ..put("k", b"three") }).await.unwrap_err();
    assert_eq!(stale.kind, Kind::PreconditionFailed);
    let never = PutCondition::Matches("\"00000000000000000000000000000000\"".to_owned());
    let nothing = storage.put(&PutAsk { condition: never, ..put("absent", b"x") }).await.unwrap_err();
    assert_eq!(nothing.kind, Kind::PreconditionFailed);
    assert_eq!(storage.head("absent").await.unwrap_err().kind, Kind::NoSuchKey);
    assert_eq!(read(&storage, "k", Some((1, 2))).await, (Some(3), "wo".into()));
}

#[tokio::test]
async fn what_is_not_there_and_who_is_not_known_are_told_apart() {
    let session = open(&azurite_with(ACCOUNT.key, &[])).await;
    let list = ListAsk { limit: 1, ..ListAsk::default() };
    let nowhere = session.storage(&"tg-nowhere".parse().unwrap(), None).unwrap();
    assert_eq!(nowhere.list(&list).await.unwrap_err().kind, Kind::NoSuchBucket);
    let dotted = session.storage(&"my.data".parse().unwrap(), None).err().unwrap();
    assert_eq!(dotted.kind, Kind::NoSuchBucket);
    let wrong = open(&azurite_with(testkit::component::OTHER_ACCOUNT.key, &[])).await;
    let error = wrong.storage(&"tg-nowhere".parse().unwrap(), None).unwrap().list(&list).await.unwrap_err();
    assert_eq!(error.kind, Kind::BadCredentials);
    let answer = error.answer.unwrap();
    assert!(answer.request_id.is_some() && answer.code.is_some());
}
