//! Reading the audit, verifying it, and what happens where it cannot be written.

use audit_log::{PublicKey, VerifyError, verify_consistency, verify_export, verify_inclusion};
use broker::{AuditFilter, AuditScope, NewToken, NewUser, ProofOf};
use domain::ErrorKind;
use domain::page::PageAsk;
use domain::principal::{Caller, Role};
use futures::TryStreamExt as _;

use crate::house::{House, PASSWORD, house, name, page, user_name};

async fn export(house: &House, caller: &Caller, scope: &AuditScope) -> (String, usize) {
    let chunks: Vec<_> = house.broker.export_audit(caller, scope).await.unwrap().try_collect().await.unwrap();
    let text = chunks.iter().map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
    (text, chunks.len())
}

/// A project in which something has happened, its export, checkpoint and key.
async fn exported() -> (String, String, PublicKey) {
    let house = house().await;
    let project = house.project("one").await;
    for who in ["ann", "bob", "eve"] {
        house.member(&project, who, Role::Viewer).await;
    }
    let scope = AuditScope::Project(project);
    let text = export(&house, &house.admin, &scope).await.0;
    let checkpoint = house.broker.audit_checkpoint(&house.admin, &scope).await.unwrap();
    let key = house.broker.audit_key(&house.admin, &scope).await.unwrap();
    (text, checkpoint, PublicKey::parse(&key).unwrap())
}

fn verify(text: &str, checkpoint: &str, key: &PublicKey) -> Result<u64, VerifyError> {
    verify_export(text.as_bytes(), Some(checkpoint), key).map(|verified| verified.size)
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn export_verifies_against_its_checkpoint_and_every_tampering_is_found() {
    let (text, checkpoint, key) = exported().await;
    assert_eq!(verify(&text, &checkpoint, &key).unwrap(), 5, "created, three members, and this export");
    let lines: Vec<_> = text.lines().collect();
    let [one, two, three, four, five] = lines[..] else { panic!("{} lines", lines.len()) };
    let edited = text.replacen("member.change", "member.chance", 1);
    assert!(matches!(verify(&edited, &checkpoint, &key), Err(VerifyError::Edited { line: 2 })));
    let private = text.replacen("\"ann\"", "\"anx\"", 1);
    assert!(matches!(verify(&private, &checkpoint, &key), Err(VerifyError::PrivateEdited { line: 2 })));
    let deleted = joined(&[one, three, four, five]);
    assert!(matches!(verify(&deleted, &checkpoint, &key), Err(VerifyError::Missing { seq: 1, .. })));
    let swapped = joined(&[one, three, two, four, five]);
    assert!(matches!(verify(&swapped, &checkpoint, &key), Err(VerifyError::Reordered { seq: 1, .. })));
    let cut = joined(&[one, two, three, four]);
    assert!(matches!(verify(&cut, &checkpoint, &key), Err(VerifyError::Truncated { found: 4, expected: 5 })));
    // Everything that an attacker without the key can compute again: record, private data and leaf.
    let parsed: serde_json::Value = serde_json::from_str(two).unwrap();
    let raw = &two["{\"record\":".len()..two.find(",\"private\":").unwrap()];
    let record = raw.replacen("\"viewer\"", "\"owner\"", 1);
    assert_ne!(record, raw);
    let private = parsed["private"].to_string();
    let mut forged = String::new();
    let private = private.as_str();
    let at = two.find(",\"private\":").unwrap() + ",\"private\":".len();
    let kept = &two[at..two.rfind(",\"leaf\":").unwrap()];
    assert_eq!(serde_json::from_str::<serde_json::Value>(kept).unwrap().to_string(), private);
    audit_log::ExportLine { record: &record, private: Some(kept) }.write(&mut forged);
    let forged = format!("{one}\n{forged}{three}\n{four}\n{five}\n");
    assert!(matches!(verify(&forged, &checkpoint, &key), Err(VerifyError::Rewritten { size: 5 })));
}

#[tokio::test]
async fn checkpoint_and_key_of_another_log_do_not_verify_this_one() {
    let house = house().await;
    let scopes = [AuditScope::Project(house.project("one").await), AuditScope::Installation];
    let [one, installation] = &scopes;
    let (text, _) = export(&house, &house.admin, one).await;
    let key = async |scope| PublicKey::parse(&house.broker.audit_key(&house.admin, scope).await.unwrap()).unwrap();
    let checkpoint = house.broker.audit_checkpoint(&house.admin, installation).await.unwrap();
    assert!(verify(&text, &checkpoint, &key(one).await).is_err());
    assert!(verify(&text, &checkpoint, &key(installation).await).is_err());
}

#[tokio::test]
async fn long_log_comes_in_bounded_pieces_and_the_reading_is_recorded_once() {
    let house = house().await;
    let project = house.project("one").await;
    let outsider = house.person("eve").await;
    for _ in 0..450 {
        house.broker.show_project(&outsider, &project).await.unwrap_err();
    }
    let scope = AuditScope::Installation;
    let before = house.recorded(&scope).await.len();
    let (text, chunks) = export(&house, &house.admin, &scope).await;
    assert_eq!(text.lines().count(), before + 1);
    assert_eq!(chunks, (before + 1).div_ceil(200));
    let key = PublicKey::parse(&house.broker.audit_key(&house.admin, &scope).await.unwrap()).unwrap();
    let checkpoint = house.broker.audit_checkpoint(&house.admin, &scope).await.unwrap();
    verify(&text, &checkpoint, &key).unwrap();
    assert_eq!(house.recorded(&scope).await.last().unwrap(), "audit.read-installation done");
    assert_eq!(house.recorded(&scope).await.len(), before + 1, "listing is not recorded");
    let again = house.broker.audit_checkpoint(&house.admin, &scope).await.unwrap();
    assert_eq!(again, checkpoint);
}

#[tokio::test]
async fn proofs_hold_between_checkpoints() {
    let house = house().await;
    let project = house.project("one").await;
    let scope = AuditScope::Project(project.clone());
    let root = async || {
        let key = PublicKey::parse(&house.broker.audit_key(&house.admin, &scope).await.unwrap()).unwrap();
        let text = house.broker.audit_checkpoint(&house.admin, &scope).await.unwrap();
        audit_log::Checkpoint::open(&text, &key).unwrap()
    };
    let old = root().await;
    for who in ["ann", "bob", "eve", "joe"] {
        house.member(&project, who, Role::Viewer).await;
    }
    let new = root().await;
    let hash = |text: &String| -> [u8; 32] { hex::decode(text).unwrap().try_into().unwrap() };
    let prove = async |of| house.broker.audit_proof(&house.admin, &scope, of).await;
    let grown = prove(ProofOf::Consistency { from: old.size, to: None }).await.unwrap();
    let hashes: Vec<_> = grown.hashes.iter().map(hash).collect();
    assert!(verify_consistency(old.size, &old.root, new.size, &new.root, &hashes));
    for index in 0..new.size {
        let proof = prove(ProofOf::Inclusion { index, size: Some(new.size) }).await.unwrap();
        let hashes: Vec<_> = proof.hashes.iter().map(hash).collect();
        let leaf = hash(proof.leaf.as_ref().unwrap());
        assert!(verify_inclusion(&leaf, index, new.size, &hashes, &new.root), "{index}");
    }
    for outside in [
        ProofOf::Inclusion { index: new.size, size: None },
        ProofOf::Inclusion { index: 0, size: Some(new.size + 1) },
        ProofOf::Consistency { from: 3, to: Some(2) },
        ProofOf::Consistency { from: 0, to: Some(u64::MAX) },
    ] {
        assert_eq!(prove(outside).await.unwrap_err().kind(), ErrorKind::Invalid, "{outside:?}");
    }
}

#[tokio::test]
async fn records_are_found_by_action_person_and_time_with_names_beside_them() {
    let house = house().await;
    let project = house.project("one").await;
    let ann = house.member(&project, "ann", Role::Admin).await;
    house.clock.advance(std::time::Duration::from_secs(60));
    house.person("bob").await;
    house.broker.add_member(&ann, &project, "bob", Role::Viewer).await.unwrap();
    let scope = AuditScope::Project(project);
    let find =
        async |filter: AuditFilter| house.broker.list_audit(&house.admin, &scope, filter, page()).await.unwrap().items;
    let by = |who: &str| AuditFilter { principal: Some(who.to_owned()), ..AuditFilter::default() };
    let found = find(by("ann")).await;
    assert_eq!(found.len(), 1);
    let record = &found[0];
    assert_eq!(record.principal.as_ref().unwrap().name.as_deref(), Some("ann"));
    assert_eq!(record.target.name, None, "the name of a person is not in the log itself");
    assert_eq!(record.private.as_ref().unwrap()["more"]["name"], "bob");
    assert_eq!(find(by(&ann.principal.id.to_string())).await.len(), 1);
    assert!(find(by("nobody")).await.is_empty());
    let action = AuditFilter { action: Some("project.create".to_owned()), ..AuditFilter::default() };
    assert_eq!(find(action).await.len(), 1);
    let since = AuditFilter { since: Some("2026-03-01T12:01:00Z".parse().unwrap()), ..AuditFilter::default() };
    assert_eq!(find(since).await.len(), 1);
    let until = AuditFilter { until: Some("2026-03-01T12:01:00Z".parse().unwrap()), ..AuditFilter::default() };
    assert_eq!(find(until).await.len(), 2);
    let first = PageAsk::new(None, Some(2)).unwrap();
    let first = house.broker.list_audit(&house.admin, &scope, AuditFilter::default(), first).await.unwrap();
    let second = PageAsk::new(first.next, Some(2)).unwrap();
    let second = house.broker.list_audit(&house.admin, &scope, AuditFilter::default(), second).await.unwrap();
    assert_eq!(second.items[0].seq, 2);
}

#[tokio::test]
async fn audit_is_read_by_auditors_admins_and_owners_only() {
    let house = house().await;
    let project = house.project("one").await;
    let scope = AuditScope::Project(project.clone());
    for role in Role::ALL {
        let caller = house.member(&project, &format!("an-{role}"), role).await;
        let may = matches!(role, Role::Auditor | Role::Admin | Role::Owner);
        assert_eq!(house.broker.export_audit(&caller, &scope).await.is_ok(), may, "{role}");
        assert_eq!(house.broker.audit_key(&caller, &scope).await.is_ok(), may, "{role}");
        let installation = house.broker.export_audit(&caller, &AuditScope::Installation).await.err().unwrap();
        assert_eq!(installation.kind(), ErrorKind::PermissionDenied);
    }
}

#[tokio::test]
async fn nothing_is_done_or_handed_out_where_the_record_cannot_be_written() {
    let house = house().await;
    let project = house.project("one").await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit_records BEGIN SELECT RAISE(ABORT, 'no room'); END";
    house.store.write(move |tx| Box::pin(async move { Ok(tx.execute(full, Vec::new()).await?) })).await.unwrap();
    let token = NewToken { name: name("mine"), service_account: None, role: None, ttl: None };
    let user = NewUser { name: user_name("ann"), password: Some(PASSWORD.into()), administrator: false };
    let refused = [
        house.broker.create_token(&house.admin, &project, token).await.err(),
        house.sign_in("admin", PASSWORD, None).await.err(),
        house.broker.create_user(&house.admin, user).await.err(),
        house.broker.reset_password(&house.admin, &user_name("admin"), None).await.err(),
        house.broker.export_audit(&house.admin, &AuditScope::Installation).await.err(),
    ];
    for error in refused {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::AuditUnavailable, "{error:?}");
        assert!(error.retryable());
    }
    house
        .store
        .write(|tx| Box::pin(async move { Ok(tx.execute("DROP TRIGGER full", Vec::new()).await?) }))
        .await
        .unwrap();
    assert!(house.broker.list_tokens(&house.admin, &project, page()).await.unwrap().items.is_empty());
    assert_eq!(house.broker.list_users(&house.admin, page()).await.unwrap().items.len(), 1);
    house.sign_in("admin", PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn closed_store_hands_nothing_out() {
    let house = house().await;
    let project = house.project("one").await;
    house.store.close().await;
    let token = NewToken { name: name("mine"), service_account: None, role: None, ttl: None };
    let error = house.broker.create_token(&house.admin, &project, token).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
    assert_eq!(house.sign_in("admin", PASSWORD, None).await.err().unwrap().kind(), ErrorKind::AuditUnavailable);
}
