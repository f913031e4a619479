//! The audit logs.

use audit_log::{consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof, leaf_hash};
use audit_log::{verify_consistency, verify_inclusion};
use domain::audit::Outcome;
use domain::id::{PrincipalId, ProjectId};
use domain::{Error, ErrorKind, Result};
use store::audit::{self, AuditFilter, Log, NewRecord};
use store::{Tx, args};

use crate::bench::{Bench, ask, at, on_both, unit};

on_both!(
    records_that_are_appended_together_have_no_gap_and_prove,
    a_unit_that_fails_leaves_no_record,
    logs_do_not_share_their_numbers,
    records_are_found_by_what_they_are,
    erasing_personal_data_leaves_the_record,
    a_checkpoint_is_kept_once,
    a_log_whose_head_was_changed_takes_no_more_records,
);

const LOG: Log = Log::Installation;

fn record(seq: u64) -> String {
    format!("{{\"seq\":{seq}}}")
}

fn new(seq: u64) -> NewRecord {
    NewRecord {
        time: at(i64::try_from(seq).unwrap()),
        action: if seq.is_multiple_of(2) { "url.sign" } else { "credential.issue" }.to_owned(),
        principal: None,
        outcome: Outcome::Done,
        record: record(seq),
        private: Some(format!("[{seq}]")),
    }
}

async fn append(tx: &mut Tx, log: Log) -> Result<u64> {
    audit::append(tx, log, |seq| Ok(new(seq))).await
}

async fn records_that_are_appended_together_have_no_gap_and_prove(bench: Bench) {
    let one = async || unit!(bench, |tx| append(tx, LOG).await).unwrap();
    let mut places = futures::future::join_all((0..21).map(|_| one())).await;
    places.sort_unstable();
    assert_eq!(places, (0..21).collect::<Vec<u64>>());
    let mut roots = vec![audit_log::Frontier::new().root()];
    let mut frontier = audit_log::Frontier::new();
    for seq in 0..21 {
        frontier.append(leaf_hash(record(seq).as_bytes()));
        roots.push(frontier.root());
    }
    let mut tx = bench.look().await;
    let head = audit::head(&mut tx, LOG).await.unwrap().unwrap();
    assert_eq!((head.size, head.root), (21, roots[21]));
    for size in 1..=21_u64 {
        let root = roots[usize::try_from(size).unwrap()];
        for seq in 0..size {
            let nodes = audit::nodes(&mut tx, LOG, &inclusion_nodes(seq, size)).await.unwrap();
            let proof = inclusion_proof(seq, size, &nodes).unwrap();
            assert!(verify_inclusion(&leaf_hash(record(seq).as_bytes()), seq, size, &proof, &root), "{seq} of {size}");
        }
        let nodes = audit::nodes(&mut tx, LOG, &consistency_nodes(size, 21)).await.unwrap();
        let proof = consistency_proof(size, 21, &nodes).unwrap();
        assert!(verify_consistency(size, &root, 21, &roots[21], &proof), "{size}");
    }
}

async fn a_unit_that_fails_leaves_no_record(bench: Bench) {
    unit!(bench, |tx| append(tx, LOG).await).unwrap();
    let before = audit::head(&mut bench.look().await, LOG).await.unwrap();
    let failed = unit!(bench, |tx| {
        assert_eq!(append(tx, LOG).await?, 1);
        Err::<(), _>(Error::invalid("/x", "no"))
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Invalid);
    let refused = unit!(bench, |tx| audit::append(tx, LOG, |_| Err(Error::invalid("/x", "no"))).await);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(audit::head(&mut bench.look().await, LOG).await.unwrap(), before);
    assert_eq!(unit!(bench, |tx| append(tx, LOG).await).unwrap(), 1);
}

async fn logs_do_not_share_their_numbers(bench: Bench) {
    let project = Log::Project(ProjectId::new());
    assert_eq!(unit!(bench, |tx| append(tx, LOG).await).unwrap(), 0);
    assert_eq!(unit!(bench, |tx| append(tx, project).await).unwrap(), 0);
    let mut tx = bench.look().await;
    assert_eq!(audit::get(&mut tx, project, 0).await.unwrap().unwrap().record, record(0));
    assert_eq!(audit::get(&mut tx, project, 1).await.unwrap(), None);
    assert_eq!(audit::head(&mut tx, Log::Project(ProjectId::new())).await.unwrap(), None);
}

async fn records_are_found_by_what_they_are(bench: Bench) {
    let ann = PrincipalId::new();
    unit!(bench, |tx| {
        for _ in 0..5 {
            append(tx, LOG).await?;
        }
        let by_ann = |seq| Ok(NewRecord { principal: Some(ann), outcome: Outcome::Refused, ..new(seq) });
        audit::append(tx, LOG, by_ann).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let issued = || Some("credential.issue".to_owned());
    for (filter, expected) in [
        (AuditFilter::default(), vec![0, 1, 2, 3, 4, 5]),
        (AuditFilter { action: Some("credential.issue".into()), ..AuditFilter::default() }, vec![1, 3, 5]),
        (AuditFilter { principal: Some(ann), ..AuditFilter::default() }, vec![5]),
        (AuditFilter { principal: Some(ann), action: issued(), ..AuditFilter::default() }, vec![5]),
        (AuditFilter { principal: Some(PrincipalId::new()), action: issued(), ..AuditFilter::default() }, vec![]),
        (AuditFilter { outcome: Some(Outcome::Refused), action: issued(), ..AuditFilter::default() }, vec![5]),
        (AuditFilter { outcome: Some(Outcome::Failed), principal: Some(ann), ..AuditFilter::default() }, vec![]),
        (AuditFilter { outcome: Some(Outcome::Done), action: issued(), ..AuditFilter::default() }, vec![1, 3]),
        (AuditFilter { since: Some(at(2)), until: Some(at(4)), ..AuditFilter::default() }, vec![2, 3]),
    ] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = audit::list(&mut tx, LOG, &filter, &ask(2, after)).await.unwrap();
            assert!(page.items.iter().all(|item| item.record == record(item.seq)));
            seen.extend(page.items.iter().map(|item| item.seq));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
    let error = audit::list(&mut tx, LOG, &AuditFilter::default(), &ask(2, Some("x".into()))).await.unwrap_err();
    assert_eq!(error.fields()[0].pointer, "/after");
}

async fn erasing_personal_data_leaves_the_record(bench: Bench) {
    let ann = PrincipalId::new();
    unit!(bench, |tx| {
        append(tx, LOG).await?;
        audit::append(tx, LOG, |seq| Ok(NewRecord { principal: Some(ann), ..new(seq) })).await?;
        assert_eq!(audit::erase_private(tx, ann).await?, 1);
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    let erased = audit::get(&mut tx, LOG, 1).await.unwrap().unwrap();
    assert_eq!((erased.record, erased.private), (record(1), None));
    assert_eq!(audit::get(&mut tx, LOG, 0).await.unwrap().unwrap().private.as_deref(), Some("[0]"));
}

async fn a_checkpoint_is_kept_once(bench: Bench) {
    unit!(bench, |tx| {
        append(tx, LOG).await?;
        audit::save_checkpoint(tx, LOG, 1, "first").await?;
        audit::save_checkpoint(tx, LOG, 1, "second").await?;
        assert_eq!(audit::checkpoint(tx, LOG, 1).await?.as_deref(), Some("first"));
        assert_eq!(audit::checkpoint(tx, LOG, 2).await?, None);
        Ok(())
    })
    .unwrap();
}

async fn a_log_whose_head_was_changed_takes_no_more_records(bench: Bench) {
    unit!(bench, |tx| append(tx, LOG).await).unwrap();
    unit!(bench, |tx| Ok(tx.execute("UPDATE audit_logs SET size = 7", args![]).await?)).unwrap();
    let error = unit!(bench, |tx| append(tx, LOG).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}
