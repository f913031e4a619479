//! Verifying a log where it is kept.

use broker::{AuditScope, AuditVerdict};
use domain::ErrorKind;
use domain::name::Name;
use domain::principal::Role;
use store::args;

use crate::house::{House, house};

/// A project with 41 records.
async fn lived_in() -> (House, Name, String) {
    let house = house().await;
    let project = house.project("one").await;
    for number in 0..40 {
        house.member(&project, &format!("user{number}"), Role::Viewer).await;
    }
    let id = house.broker.show_project(&house.admin, &project).await.unwrap().id;
    (house, project, id)
}

async fn verify(house: &House, project: &Name, limit: Option<u64>) -> AuditVerdict {
    house.broker.verify_audit(&house.admin, &AuditScope::Project(project.clone()), limit).await.unwrap()
}

async fn tamper(house: &House, sql: &'static str, log: &str) {
    let log = log.to_owned();
    let touched = house.store.write(move |tx| Box::pin(async move { Ok(tx.execute(sql, args![log]).await?) })).await;
    assert!(touched.unwrap() > 0);
}

async fn sign(house: &House, project: &Name) -> String {
    house.broker.audit_checkpoint(&house.admin, &AuditScope::Project(project.clone())).await.unwrap()
}

#[tokio::test]
async fn log_that_nobody_touched_holds_in_whole_and_in_part() {
    let (house, project, _) = lived_in().await;
    let unsigned = verify(&house, &project, None).await;
    assert!(unsigned.holds() && unsigned.whole, "{unsigned:?}");
    assert_eq!((unsigned.size, unsigned.records, unsigned.checkpoint_size), (41, 41, None));
    sign(&house, &project).await;
    house.member(&project, "late", Role::Viewer).await;
    for limit in [None, Some(1), Some(7), Some(32), Some(41), Some(9_000_000)] {
        let verdict = verify(&house, &project, limit).await;
        assert!(verdict.holds(), "{limit:?}: {verdict:?}");
        assert_eq!(verdict.whole, limit.is_none_or(|limit| limit > 41));
        assert_eq!((verdict.first + verdict.records, verdict.checkpoint_size), (42, Some(41)));
        assert_eq!((verdict.signature_ok, verdict.root.map(|root| root.len())), (Some(true), Some(64)));
    }
}

#[tokio::test]
async fn every_tampering_is_found_and_named() {
    for (sql, at, named) in [
        (
            "UPDATE audit_records SET record = replace(record, 'viewer', 'owner') WHERE log = $1 AND seq = 5",
            5,
            "edited",
        ),
        ("UPDATE audit_records SET private = '{}' WHERE log = $1 AND seq = 6", 6, "personal data"),
        ("DELETE FROM audit_records WHERE log = $1 AND seq = 7", 7, "deleted"),
    ] {
        let (house, project, id) = lived_in().await;
        sign(&house, &project).await;
        tamper(&house, sql, &id).await;
        let verdict = verify(&house, &project, None).await;
        let [problem] = verdict.problems.as_slice() else { panic!("{verdict:?}") };
        assert_eq!(problem.seq, Some(at));
        assert!(problem.what.contains(named) && !verdict.holds(), "{problem:?}");
        assert!(verify(&house, &project, Some(10)).await.holds(), "that part was not touched");
    }
}

#[tokio::test]
async fn edited_node_root_and_checkpoint_are_found() {
    for (sql, named) in [
        ("UPDATE audit_nodes SET hash = zeroblob(32) WHERE log = $1 AND level = 2 AND idx = 1", "the records 4 to 7"),
        ("UPDATE audit_logs SET root = zeroblob(32) WHERE log = $1", "the root that is kept"),
        ("UPDATE audit_checkpoints SET text = replace(text, '41', '40') WHERE log = $1", "checkpoint"),
        ("DELETE FROM audit_nodes WHERE log = $1 AND level = 5", "the records 0 to 31"),
    ] {
        let (house, project, id) = lived_in().await;
        sign(&house, &project).await;
        tamper(&house, sql, &id).await;
        let verdict = verify(&house, &project, None).await;
        assert!(!verdict.holds(), "{sql}");
        assert!(verdict.problems.iter().any(|problem| problem.what.contains(named)), "{named}: {verdict:?}");
    }
}

#[tokio::test]
async fn log_that_was_cut_or_written_anew_does_not_fit_what_was_signed() {
    let (house, project, id) = lived_in().await;
    let (other, other_project, other_id) = lived_in().await;
    assert_ne!(id, other_id);
    let signed = sign(&other, &other_project).await;
    let (text, log) = (signed, id.clone());
    let keep = house.store.write(move |tx| {
        Box::pin(async move {
            let log = store::audit::Log::Project(log.parse().unwrap());
            store::audit::save_checkpoint(tx, log, 41, &text).await
        })
    });
    keep.await.unwrap();
    let verdict = verify(&house, &project, None).await;
    assert_eq!(verdict.signature_ok, Some(false), "another log's checkpoint is not this one's");
    let (house, project, id) = lived_in().await;
    sign(&house, &project).await;
    tamper(&house, "UPDATE audit_checkpoints SET size = 90 WHERE log = $1", &id).await;
    assert!(verify(&house, &project, None).await.holds(), "what is signed counts, not the row's number");
}

#[tokio::test]
async fn who_ask_for_it_at_once_share_it() {
    let (house, project, _) = lived_in().await;
    let asked = futures::future::join_all((0..20).map(|_| verify(&house, &project, None))).await;
    assert!(asked.iter().all(AuditVerdict::holds));
    let done: std::collections::BTreeSet<_> = asked.iter().map(|verdict| verdict.took).collect();
    assert!(done.len() < 10, "it was verified {} times", done.len());
}

#[tokio::test]
async fn only_those_who_read_the_audit_verify_it() {
    let (house, project, _) = lived_in().await;
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let eve = house.person("eve").await;
    let kind = async |caller| {
        house.broker.verify_audit(caller, &AuditScope::Project(project.clone()), None).await.unwrap_err().kind()
    };
    assert_eq!((kind(&viewer).await, kind(&eve).await), (ErrorKind::PermissionDenied, ErrorKind::NotFound));
    let installation = house.broker.verify_audit(&viewer, &AuditScope::Installation, None).await.unwrap_err();
    assert_eq!(installation.kind(), ErrorKind::PermissionDenied);
    assert!(house.broker.verify_audit(&house.admin, &AuditScope::Installation, None).await.unwrap().holds());
}
