//! Batches of URLs.

use broker::{AuditFilter, AuditScope, ResponseHeaders, UrlBatch, UrlsAsk};
use domain::principal::{Caller, Role};
use domain::provider::ProviderErrorKind;
use domain::scope::Verb;
use domain::{ErrorKind, Result};

use super::cloud_double::{Estate, estate};
use crate::house::{name, page};

pub(super) fn ask(keys: &[&str], verb: Verb, ttl_seconds: i64) -> UrlsAsk {
    let keys = keys.iter().map(|key| key.parse().unwrap()).collect();
    UrlsAsk { keys, verb, ttl_seconds, content_type: None, response: ResponseHeaders::default() }
}

pub(super) async fn sign(estate: &Estate, caller: &Caller, ttl_seconds: i64) -> Result<UrlBatch> {
    estate.broker().sign_urls(caller, &estate.project, &name("in"), ask(&["in/a"], Verb::Get, ttl_seconds), None).await
}

pub(super) async fn urls(mut batch: UrlBatch) -> Vec<String> {
    let mut urls = Vec::new();
    for key in batch.next_keys(usize::MAX).await.unwrap() {
        let mut url = String::new();
        batch.sign_into(&key, &mut url);
        urls.push(url);
    }
    urls
}

#[tokio::test]
async fn urls_come_in_the_order_of_their_keys_and_the_grant_says_what_they_are() {
    let estate = estate(|_| {}).await;
    let keys = ["in//a", "in/ b ", "in/%2F", "in/a", "in/a"];
    let ask = ask(&keys, Verb::Get, 900);
    let batch = estate.broker().sign_urls(&estate.ann, &estate.project, &name("in"), ask, None).await.unwrap();
    let (grant, expires_at) = (batch.grant.to_string(), batch.expires_at);
    let expected: Vec<_> =
        keys.iter().map(|key| format!("https://double/GET/900?s=1&k={}", hex::encode(key))).collect();
    assert_eq!(urls(batch).await, expected);
    let shown = estate.broker().show_grant(&estate.ann, &estate.project, &grant).await.unwrap();
    assert_eq!((shown.expires_at, shown.usable_until), (expires_at, expires_at));
    assert_eq!((shown.scope.access.as_str(), shown.scope.count), ("GET", Some(5)));
    assert_eq!(
        (shown.datasource.as_str(), shown.integration.as_str(), shown.principal.as_str()),
        ("in", "cloud", "ann")
    );
}

#[tokio::test]
async fn batch_is_one_record_with_count_digest_and_first_keys() {
    let estate = estate(|_| {}).await;
    let keys: Vec<_> = (0..1200).map(|number| format!("in/{number}")).collect();
    let ask = ask(&keys.iter().map(String::as_str).collect::<Vec<_>>(), Verb::Get, 900);
    let batch = estate.broker().sign_urls(&estate.ann, &estate.project, &name("in"), ask, None).await.unwrap();
    let filter = AuditFilter { action: Some("url.sign".to_owned()), ..AuditFilter::default() };
    let scope = AuditScope::Project(estate.project.clone());
    let records = estate.broker().list_audit(&estate.house.admin, &scope, filter, page()).await.unwrap().items;
    assert_eq!(records.len(), 1);
    let details = serde_json::to_value(&records[0]).unwrap()["details"].clone();
    assert_eq!((&details["count"], &details["grant"]), (&1200.into(), &batch.grant.to_string().into()));
    assert_eq!(details["first_keys"].as_array().unwrap().len(), 10);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, keys.join("\n").as_bytes());
    assert_eq!(details["keys_sha256"], hex::encode(digest));
    assert_eq!(details["log_ids"]["access_key_id"], "ASIA1");
    assert!(details["expires_at"].is_string());
}

#[tokio::test]
async fn one_key_outside_or_a_verb_outside_the_purpose_refuses_everything_and_is_recorded() {
    let estate = estate(|_| {}).await;
    let refused = async |keys: &[&str], verb| {
        let ask = ask(keys, verb, 900);
        let batch = estate.broker().sign_urls(&estate.ann, &estate.project, &name("in"), ask, None).await;
        let error = batch.err().unwrap();
        (error.kind(), error.fields()[0].pointer.clone())
    };
    assert_eq!(refused(&["in/a", "out/b"], Verb::Get).await, (ErrorKind::PermissionDenied, "/keys/1".to_owned()));
    assert_eq!(refused(&["in/a"], Verb::Put).await, (ErrorKind::PermissionDenied, "/method".to_owned()));
    assert_eq!(estate.cloud.opened(), 0, "the cloud was not even asked");
    let recorded = estate.house.recorded(&AuditScope::Project(estate.project.clone())).await;
    assert_eq!(recorded.iter().filter(|line| *line == "url.sign refused").count(), 2);
}

#[tokio::test]
async fn writers_are_told_the_headers_of_the_encryption() {
    let estate = estate(|_| {}).await;
    let ask = ask(&["out/a"], Verb::Put, 900);
    let batch = estate.broker().sign_urls(&estate.ann, &estate.project, &name("out"), ask, None).await.unwrap();
    assert_eq!(batch.headers, [("x-amz-server-side-encryption".to_owned(), "AES256".to_owned())]);
}

#[tokio::test]
async fn nothing_is_signed_by_those_who_may_not_or_through_what_is_not_in_use() {
    let estate = estate(|_| {}).await;
    let viewer = estate.house.member(&estate.project, "vic", Role::Viewer).await;
    let kind = async |caller: &Caller| sign(&estate, caller, 900).await.err().unwrap().kind();
    assert_eq!(kind(&viewer).await, ErrorKind::PermissionDenied);
    assert_eq!(kind(&estate.house.person("eve").await).await, ErrorKind::NotFound);
    estate.broker().pause_integration(&estate.house.admin, &estate.project, &name("cloud")).await.unwrap();
    assert_eq!(kind(&estate.ann).await, ErrorKind::Conflict);
    assert_eq!(estate.cloud.opened(), 0);
}

#[tokio::test]
async fn nothing_is_handed_out_when_it_cannot_be_recorded() {
    let estate = estate(|_| {}).await;
    *estate.cloud.closes.lock().unwrap() = Some(estate.house.store.clone());
    let error = sign(&estate, &estate.ann, 900).await.err().unwrap();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::AuditUnavailable, true));
    assert_eq!(estate.cloud.opened(), 1, "the session was open already");
}

#[tokio::test]
async fn what_the_cloud_refuses_is_recorded_as_failed() {
    let estate = estate(|cloud| cloud.fails = Some(ProviderErrorKind::Denied)).await;
    assert_eq!(sign(&estate, &estate.ann, 900).await.err().unwrap().kind(), ErrorKind::ProviderDenied);
    let recorded = estate.house.recorded(&AuditScope::Project(estate.project.clone())).await;
    assert!(recorded.contains(&"url.sign failed".to_owned()), "{recorded:?}");
}
