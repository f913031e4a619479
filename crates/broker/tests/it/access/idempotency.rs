//! The same key and body give the same outcome.

use broker::{Begun, Call, CredentialAsk, IssuedCredential};
use domain::principal::Caller;
use domain::scope::Access;
use domain::{ErrorKind, Result};

use super::cloud_double::{Estate, estate};
use crate::house::name;

async fn issue(estate: &Estate, caller: &Caller, key: &str, ttl_seconds: i64) -> Result<IssuedCredential> {
    let ask = CredentialAsk { access: Access::Read, prefix: None, ttl_seconds };
    let call = Call::new(key, "POST /credentials", ttl_seconds.to_string().as_bytes()).unwrap();
    estate.broker().issue_credential(caller, &estate.project, &name("in"), ask, Some(call)).await
}

#[tokio::test]
async fn repeated_call_is_issued_again_under_the_same_grant() {
    let estate = estate(|_| {}).await;
    let first = issue(&estate, &estate.ann, "k", 3600).await.unwrap();
    estate.advance(50 * 60);
    let again = issue(&estate, &estate.ann, "k", 3600).await.unwrap();
    assert_eq!(first.grant, again.grant);
    assert!(again.expires_at > first.expires_at);
    let shown = estate.broker().show_grant(&estate.ann, &estate.project, &first.grant.to_string()).await.unwrap();
    assert_eq!(shown.expires_at, again.expires_at);
    assert_ne!(issue(&estate, &estate.bob, "k", 3600).await.unwrap().grant, first.grant, "a key is of one caller");
    assert_eq!(issue(&estate, &estate.ann, "k", 1800).await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn revoked_grant_is_not_issued_again() {
    let estate = estate(|_| {}).await;
    let first = issue(&estate, &estate.ann, "k", 3600).await.unwrap();
    estate.advance(1);
    let by = broker::RevokeBy::Grant(first.grant.to_string());
    let ask = broker::RevokeAsk { by, cut_off_others: None };
    estate.broker().revoke(&estate.ann, &estate.project, ask).await.unwrap();
    estate.advance(1);
    assert_eq!(issue(&estate, &estate.ann, "k", 3600).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(issue(&estate, &estate.ann, "other", 3600).await.is_ok());
}

#[tokio::test]
async fn plain_call_is_given_its_answer_again_or_refused_where_it_was_shown_once() {
    let estate = estate(|_| {}).await;
    let call = |key: &str, body: &str| Call::new(key, "POST /things", body.as_bytes()).unwrap();
    let begin =
        async |key: &str, body: &str| estate.broker().begin_call(&estate.ann, Some("one"), &call(key, body)).await;
    let Begun::First(begun) = begin("k", "{}").await.unwrap() else { panic!("nobody used this key") };
    let running = begin("k", "{}").await.unwrap_err();
    assert_eq!((running.kind(), running.retryable()), (ErrorKind::Conflict, true));
    estate.broker().finish_call(begun, Some((201, Some("{\"id\":1}".to_owned())))).await.unwrap();
    let Begun::Again { status, response } = begin("k", "{}").await.unwrap() else { panic!("it was done") };
    assert_eq!((status, response.as_str()), (201, "{\"id\":1}"));
    assert_eq!(begin("k", "{ }").await.unwrap_err().kind(), ErrorKind::Conflict);
    let Begun::First(secret) = begin("secret", "{}").await.unwrap() else { panic!("nobody used this key") };
    estate.broker().finish_call(secret, Some((201, None))).await.unwrap();
    assert!(begin("secret", "{}").await.unwrap_err().message().contains("shown once"));
    let Begun::First(failed) = begin("failed", "{}").await.unwrap() else { panic!("nobody used this key") };
    estate.broker().finish_call(failed, None).await.unwrap();
    assert!(matches!(begin("failed", "{}").await.unwrap(), Begun::First(_)));
}

#[tokio::test]
async fn nothing_is_remembered_for_strangers() {
    let estate = estate(|_| {}).await;
    let eve = estate.house.person("eve").await;
    let call = Call::new("k", "POST /things", b"{}").unwrap();
    for project in ["one", "none", "NO NAME"] {
        let begun = estate.broker().begin_call(&eve, Some(project), &call).await.unwrap();
        assert!(matches!(begun, Begun::Unremembered), "{project}");
    }
}
