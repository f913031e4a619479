//! Credentials: what a provider says that it can narrow is refused beside it.

use domain::provider::{ListAsk, NarrowedBy, ProviderErrorKind as Kind};
use domain::scope::Access;

use super::subject::{Subject, put, read};

pub(crate) async fn narrowed(subject: Subject) {
    let storage = subject.storage().await;
    for key in ["in/a", "in-beside/b", "other/c"] {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let opened = subject.open(Some(subject.scope("in", Access::Read))).await;
    let session = match (&subject.connection.facts().narrowed_by, opened) {
        (NarrowedBy::Nothing { why }, Err(error)) => {
            assert_eq!(error.kind, Kind::Unsupported, "{error:?}");
            return assert!(!why.is_empty());
        }
        (NarrowedBy::Nothing { .. }, Ok(_)) => panic!("it narrows what it said that it cannot"),
        // Only some accounts can narrow to a folder; the others must say so before anything is handed out.
        (NarrowedBy::Sas, Err(error)) => return assert_eq!(error.kind, Kind::Unsupported, "{error:?}"),
        (_, Err(error)) => panic!("{error:?}"),
        (_, Ok(session)) => session,
    };
    assert!(session.expires_at().is_some(), "what is handed out has an end");
    session.credential().unwrap_or_else(|error| panic!("{error:?}"));
    let narrow = session.storage(&subject.bucket, None).unwrap();
    let list = |prefix: &str| ListAsk { prefix: prefix.to_owned(), limit: 10, ..ListAsk::default() };
    assert_eq!(narrow.list(&list("in/")).await.unwrap().items.len(), 1);
    assert_eq!(read(&narrow, "in/a", None).await.unwrap(), b"x");
    for beside in ["in-beside/b", "other/c"] {
        let error = read(&narrow, beside, None).await.unwrap_err();
        assert!(error.kind.is_refusal(), "{beside}: {error:?}");
    }
    for prefix in ["", "in", "in-beside/", "other/"] {
        let error = narrow.list(&list(prefix)).await.unwrap_err();
        assert!(error.kind.is_refusal(), "listing '{prefix}': {error:?}");
    }
    let error = narrow.put(&put("in/a", b"y")).await.unwrap_err();
    assert!(error.kind.is_refusal(), "a reading credential wrote: {error:?}");
    let error = narrow.delete("in/a", None).await.unwrap_err();
    assert!(error.kind.is_refusal(), "a reading credential removed: {error:?}");

    let writer = subject.open(Some(subject.scope("in", Access::Write))).await.unwrap();
    let writer = writer.storage(&subject.bucket, None).unwrap();
    writer.put(&put("in/new", b"y")).await.unwrap();
    assert!(writer.put(&put("other/new", b"y")).await.unwrap_err().kind.is_refusal());
    assert!(read(&writer, "in/a", None).await.unwrap_err().kind.is_refusal(), "a writing credential read");
}
