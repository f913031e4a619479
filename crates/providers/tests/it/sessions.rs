//! Sessions of roles and of key pairs.

use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::provider::{Credential, GetAsk, ListAsk, ProviderErrorKind as Kind, SessionAsk};
use domain::scope::Access;

use crate::store::{BROKER, READER, ROOT, WRITER, connect, objects, own_prefix, put, root, session_ask};

#[tokio::test]
async fn a_session_of_a_role_reaches_its_scope_and_nothing_else() {
    let prefix = own_prefix("team-a/");
    objects(&root().await).put(&put(&format!("{prefix}in"), b"x")).await.unwrap();
    objects(&root().await).put(&put(&format!("{}beside", own_prefix("team-a/")), b"x")).await.unwrap();
    let connection = connect("aws-cross-account", None, &[("role_arn", WRITER)]);
    let session = connection.open_session(&session_ask(Some((&prefix, Access::Read)))).await.unwrap();
    let storage = objects(&session);
    assert_eq!(storage.head(&format!("{prefix}in")).await.unwrap().size, Some(1));
    let inside = ListAsk { prefix: prefix.clone(), limit: 10, ..ListAsk::default() };
    assert_eq!(storage.list(&inside).await.unwrap().items.len(), 1);
    assert_eq!(storage.put(&put(&format!("{prefix}new"), b"x")).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(storage.delete(&format!("{prefix}in"), None).await.unwrap_err().kind, Kind::Denied);
    let beside = GetAsk { key: "team-a/other".to_owned(), range: None };
    assert_eq!(storage.get(&beside).await.err().unwrap().kind, Kind::Denied);
    let parent = ListAsk { prefix: "team-a/".to_owned(), limit: 10, ..ListAsk::default() };
    assert_eq!(storage.list(&parent).await.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn a_session_of_a_role_can_be_handed_out_and_names_the_person() {
    root().await;
    let connection =
        connect("aws-sts", Some(BROKER), &[("role_arn", WRITER), ("sts_endpoint", &crate::store::endpoint())]);
    let session = connection.open_session(&session_ask(Some(("team-a", Access::ReadWrite)))).await.unwrap();
    let Credential::Aws(credential) = session.credential().unwrap() else { panic!("not for S3") };
    assert!(!credential.session_token.is_empty());
    assert_eq!(credential.endpoint.as_deref(), Some(crate::store::endpoint().as_str()));
    let ids = session.log_ids();
    assert!(ids.iter().any(|(name, value)| *name == "session_arn" && value.ends_with("/ann@example.com")), "{ids:?}");
    let left = session.expires_at().unwrap().duration_since(SystemClock.now()).as_secs();
    assert!((800..=905).contains(&left), "{left}");
}

#[tokio::test]
async fn a_store_that_gives_less_time_says_the_true_end() {
    root().await;
    let connection = connect("s3-compatible", Some(BROKER), &[("role_arn", READER)]);
    let ask = SessionAsk { ttl: Duration::from_hours(2), ..session_ask(None) };
    let left = connection.open_session(&ask).await.unwrap().expires_at().unwrap().duration_since(SystemClock.now());
    assert!(left.as_secs() <= 3_600, "SeaweedFS silently gives an hour: {left:?}");
}

#[tokio::test]
async fn a_role_that_does_not_trust_the_caller_refuses() {
    root().await;
    for role in ["arn:aws:iam::000000000000:role/test-other", "arn:aws:iam::000000000000:role/NoSuchRole"] {
        let connection = connect("s3-compatible", Some(BROKER), &[("role_arn", role)]);
        let error = connection.open_session(&session_ask(None)).await.err().unwrap();
        assert_eq!(error.kind, Kind::Denied, "{error:?}");
    }
    let connection = connect("s3-compatible", Some((BROKER.0, "wrong")), &[("role_arn", WRITER)]);
    let error = connection.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::BadCredentials, "{error:?}");
}

/// The administrator of these components has `actions` and no policies, so SeaweedFS lets its federated users do
/// nothing: that the inside of the scope is reached cannot be shown with it.
#[tokio::test]
async fn a_key_pair_gets_a_federation_token_only_where_the_store_permits_it() {
    root().await;
    let scope = session_ask(Some(("team-a", Access::Read)));
    let session = connect("s3-compatible", Some(ROOT), &[]).open_session(&scope).await.unwrap();
    assert!(session.credential().is_ok());
    assert!(session.log_ids().iter().any(|(_, value)| value.contains("federated-user/ann@example.com")));
    assert_eq!(objects(&session).put(&put("team-a/x", b"x")).await.unwrap_err().kind, Kind::Denied);
    let error = connect("s3-compatible", Some(BROKER), &[]).open_session(&scope).await.err().unwrap();
    assert_eq!(error.kind, Kind::Denied);
    assert!(error.hint.unwrap().contains("gateway key"));
}
