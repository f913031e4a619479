//! Credentials.

use broker::{AuditFilter, AuditScope, CredentialAsk, IssuedCredential};
use domain::principal::Caller;
use domain::provider::{Credential, NarrowedBy};
use domain::scope::Access;
use domain::{ErrorKind, Result};

use super::cloud_double::{Estate, estate};
use crate::house::name;

pub(super) async fn issue(estate: &Estate, caller: &Caller, ttl_seconds: i64) -> Result<IssuedCredential> {
    issue_of(estate, caller, "in", CredentialAsk { access: Access::Read, prefix: None, ttl_seconds }).await
}

async fn issue_of(estate: &Estate, caller: &Caller, of: &str, ask: CredentialAsk) -> Result<IssuedCredential> {
    estate.broker().issue_credential(caller, &estate.project, &name(of), ask, None).await
}

pub(super) fn key_id(issued: &IssuedCredential) -> String {
    let Credential::Aws(credential) = &issued.credential else { panic!("not for S3") };
    credential.access_key_id.clone()
}

fn ask(access: Access, prefix: Option<&str>) -> CredentialAsk {
    CredentialAsk { access, prefix: prefix.map(|prefix| prefix.parse().unwrap()), ttl_seconds: 3600 }
}

#[tokio::test]
async fn credential_is_narrowed_to_the_part_that_was_asked_for() {
    let estate = estate(|_| {}).await;
    let issued = issue_of(&estate, &estate.ann, "out", ask(Access::Write, Some("out/part"))).await.unwrap();
    assert_eq!((issued.scope.prefix.as_str(), issued.scope.access.as_str()), ("out/part/", "write"));
    assert_eq!(issued.headers[0].0, "x-amz-server-side-encryption");
    assert!(issued.warnings.is_empty());
    let asked = estate.cloud.asked.lock().unwrap()[0].clone();
    let scope = asked.scope.unwrap();
    assert_eq!((scope.bucket.as_str(), scope.prefix.as_str(), scope.access), ("bucket", "out/part/", Access::Write));
    assert_eq!((asked.ttl.as_secs(), asked.tags.principal.as_str()), (3600, "ann"));
}

#[tokio::test]
async fn part_outside_the_datasource_and_access_outside_its_purpose_are_refused_with_the_pointer() {
    let estate = estate(|_| {}).await;
    let refused = async |of: &str, ask| {
        let error = issue_of(&estate, &estate.ann, of, ask).await.unwrap_err();
        (error.kind(), error.fields()[0].pointer.clone())
    };
    let denied = |pointer: &str| (ErrorKind::PermissionDenied, pointer.to_owned());
    assert_eq!(refused("in", ask(Access::ReadWrite, None)).await, denied("/access"));
    assert_eq!(refused("in", ask(Access::Read, Some("out"))).await, denied("/prefix"));
    assert_eq!(refused("in", ask(Access::Read, Some("inn"))).await, denied("/prefix"));
    assert_eq!(refused("in", ask(Access::Read, Some(""))).await, denied("/prefix"));
    let recorded = estate.house.recorded(&AuditScope::Project(estate.project.clone())).await;
    assert_eq!(recorded.iter().filter(|line| *line == "credential.issue refused").count(), 4);
    assert_eq!(estate.cloud.opened(), 0);
}

#[tokio::test]
async fn keys_that_cannot_be_narrowed_or_do_not_end_are_never_handed_out() {
    let why = "this store cannot narrow";
    let plain = estate(|cloud| cloud.facts.narrowed_by = NarrowedBy::Nothing { why: why.to_owned() }).await;
    let error = issue(&plain, &plain.ann, 3600).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unsupported, why));
    assert!(error.hint().unwrap().contains("gateway key"));
    assert_eq!(plain.cloud.opened(), 0);
    let endless = estate(|cloud| cloud.endless = true).await;
    assert_eq!(issue(&endless, &endless.ann, 3600).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn neither_audit_nor_grant_nor_debug_shows_the_credential() {
    let estate = estate(|_| {}).await;
    let issued = issue(&estate, &estate.ann, 3600).await.unwrap();
    let scope = AuditScope::Project(estate.project.clone());
    let page = domain::page::PageAsk::new(None, Some(1000)).unwrap();
    let records = estate.broker().list_audit(&estate.house.admin, &scope, AuditFilter::default(), page).await.unwrap();
    let grant = estate.broker().show_grant(&estate.ann, &estate.project, &issued.grant.to_string()).await.unwrap();
    let seen = format!(
        "{}{}{issued:?}",
        serde_json::to_string(&records.items).unwrap(),
        serde_json::to_string(&grant).unwrap()
    );
    assert!(seen.contains("ASIA1"));
    assert!(!seen.contains("canary"), "{seen}");
}
