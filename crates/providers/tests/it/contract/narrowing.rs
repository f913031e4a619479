//! Credentials: what a provider says that it can narrow is refused beside it; what it cannot narrow it does not give.

use std::sync::Arc;

use domain::provider::{ListAsk, NarrowedBy, ObjectStorage, ProviderErrorKind as Kind, Session};
use domain::scope::Access;

use super::subject::{Narrows, Subject, put, read};

pub(crate) async fn narrowed(subject: &Subject) {
    let storage = subject.storage().await;
    for key in ["in/a", "in-beside/b", "other/c"] {
        storage.put(&put(subject.at(key), b"x")).await.unwrap();
    }
    let narrowed_by = subject.connection.facts().narrowed_by.clone();
    let nothing = matches!(narrowed_by, NarrowedBy::Nothing { .. });
    assert!(nothing || subject.capabilities().credentials, "the method says that it hands out none");
    match (narrowed_by, subject.narrows) {
        (NarrowedBy::Nothing { why }, _) => {
            assert!(!why.is_empty());
            for prefix in [Some("in"), None] {
                let refused = subject.open(Some(subject.scope(prefix, Access::Read))).await;
                assert_eq!(refused.err().map(|error| error.kind), Some(Kind::Unsupported), "{prefix:?}");
            }
        }
        (_, Narrows::ToBuckets) => only_whole_buckets(subject).await,
        (_, narrows) => folders(subject, narrows).await,
    }
}

/// A narrower promise is refused before anything is handed out; the whole bucket is narrowed by what may be done.
async fn only_whole_buckets(subject: &Subject) {
    for access in [Access::Read, Access::Write, Access::ReadWrite] {
        let refused = subject.open(Some(subject.scope(Some("in"), access))).await;
        assert_eq!(refused.err().map(|error| error.kind), Some(Kind::Unsupported), "{access:?}");
    }
    let whole = opened(subject, None, Access::Read).await;
    for key in ["in/a", "other/c"] {
        assert_eq!(read(&whole, &subject.at(key), None).await.unwrap(), b"x");
    }
    changes_nothing(subject, &whole).await;
}

async fn folders(subject: &Subject, narrows: Narrows) {
    let narrow = opened(subject, Some("in"), Access::Read).await;
    let list = |prefix: String| ListAsk { prefix, limit: 10, ..ListAsk::default() };
    if narrows == Narrows::ToFolders {
        assert_eq!(narrow.list(&list(subject.at("in/"))).await.unwrap().items.len(), 1);
        assert_eq!(read(&narrow, &subject.at("in/a"), None).await.unwrap(), b"x");
    }
    for beside in ["in-beside/b", "other/c"] {
        let error = read(&narrow, &subject.at(beside), None).await.unwrap_err();
        assert!(error.kind.is_refusal(), "{beside}: {error:?}");
    }
    for prefix in ["", "in", "in-beside/", "other/"].map(|prefix| subject.at(prefix)).into_iter().chain([String::new()])
    {
        let error = narrow.list(&list(prefix.clone())).await.unwrap_err();
        assert!(error.kind.is_refusal(), "listing '{prefix}': {error:?}");
    }
    changes_nothing(subject, &narrow).await;

    let writer = opened(subject, Some("in"), Access::Write).await;
    if narrows == Narrows::ToFolders {
        writer.put(&put(subject.at("in/new"), b"y")).await.unwrap();
    }
    assert!(writer.put(&put(subject.at("other/new"), b"y")).await.unwrap_err().kind.is_refusal());
    let read = read(&writer, &subject.at("in/a"), None).await;
    assert!(read.unwrap_err().kind.is_refusal(), "a writing credential read");
}

async fn changes_nothing(subject: &Subject, reader: &Arc<dyn ObjectStorage>) {
    let error = reader.put(&put(subject.at("in/a"), b"y")).await.unwrap_err();
    assert!(error.kind.is_refusal(), "a reading credential wrote: {error:?}");
    let error = reader.delete(&subject.at("in/a"), None).await.unwrap_err();
    assert!(error.kind.is_refusal(), "a reading credential removed: {error:?}");
}

/// What a narrowed session reaches; it ends, and can be handed out.
async fn opened(subject: &Subject, prefix: Option<&str>, access: Access) -> Arc<dyn ObjectStorage> {
    let session: Arc<dyn Session> = subject
        .open(Some(subject.scope(prefix, access)))
        .await
        .unwrap_or_else(|error| panic!("{prefix:?} {access:?}: {error:?}"));
    assert!(session.expires_at().is_some(), "what is handed out has an end");
    session.credential().unwrap_or_else(|error| panic!("{error:?}"));
    session.storage(&subject.bucket, None).unwrap()
}
