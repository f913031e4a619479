//! Runs of proofs: one at a time of each owner, one holder at a time of each run.

use domain::id::ProofId;
use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus};
use domain::proof_run::{RunCause, RunState};
use jiff::Timestamp;
use store::proof_runs::{self, Full, NewRun, RunEnd, StoredRun};
use store::proofs::{self, ProofOwner, StoredChange, StoredProof};
use store::{Engine, args, datasources, integrations, proof_schedule};

use crate::bench::{Bench, Tenant, at, datasource, integration, on_both, unit};

on_both!(
    of_one_owner_at_most_one_run_is_not_over,
    of_many_who_take_a_run_one_gets_it,
    a_run_is_taken_over_when_its_claim_has_ended_and_the_stale_holder_writes_nothing,
    a_run_that_is_given_back_was_never_begun,
    a_change_begins_a_run_anew_that_goes_on,
    what_nobody_asked_for_is_taken_apart_from_what_somebody_did,
    a_turn_comes_once_however_many_look,
    what_is_in_use_is_proven_again_and_nothing_else,
    runs_are_forgotten_a_while_after_they_were_over,
    changes_of_results_are_found_by_project_and_time,
    claims_are_measured_by_the_clock_that_all_share,
);

fn run(tenant: &Tenant, cause: RunCause, due: i64) -> NewRun {
    NewRun {
        project: tenant.project.id,
        owner: ProofOwner::Integration(tenant.integration.id),
        name: tenant.integration.name.clone(),
        method: tenant.integration.method.clone(),
        mode: ProofMode::Full,
        cause,
        requested_by: (cause == RunCause::Asked).then_some(tenant.user.principal.id),
        due_at: at(due),
    }
}

async fn asked(bench: &Bench, new: NewRun, now: i64) -> StoredRun {
    unit!(bench, |tx| proof_runs::ask(tx, &new, at(now)).await).unwrap()
}

async fn claimed(bench: &Bench, seen: &StoredRun, now: i64, until: i64) -> Option<StoredRun> {
    let seen = seen.clone();
    unit!(bench, |tx| proof_runs::claim(tx, &seen, "node", at(now), at(until)).await).unwrap()
}

async fn due(bench: &Bench, now: i64, asked: bool, full: &Full) -> Vec<StoredRun> {
    proof_runs::due(&mut bench.look().await, at(now), asked, full, 10).await.unwrap()
}

fn nothing() -> Full {
    Full::default()
}

async fn shown(bench: &Bench, run: &StoredRun) -> StoredRun {
    proof_runs::get(&mut bench.look().await, run.what.project, run.id).await.unwrap().unwrap()
}

async fn failed(bench: &Bench, run: &StoredRun, now: i64) -> bool {
    let (hold, end) = (run.hold(), RunEnd::Error("conflict".into(), "no".into()));
    unit!(bench, |tx| proof_runs::finish(tx, hold, at(now), &end).await).unwrap()
}

fn check() -> Check {
    Check {
        name: CheckName::List,
        status: CheckStatus::Passed,
        duration_ms: 1,
        detail: "listed".into(),
        provider: None,
        remedy: None,
    }
}

async fn of_one_owner_at_most_one_run_is_not_over(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let new = run(&one, RunCause::Schedule, 0);
    assert!(unit!(bench, |tx| proof_runs::plan(tx, &new, at(0)).await).unwrap());
    let (first, second) = futures::join!(
        asked(&bench, run(&one, RunCause::Asked, 5), 5),
        asked(&bench, run(&one, RunCause::Asked, 6), 6)
    );
    assert_eq!(first.id, second.id, "asking again joins");
    let joined = shown(&bench, &first).await;
    assert_eq!((joined.what.cause, joined.what.requested_by), (RunCause::Asked, Some(one.user.principal.id)));
    let other = asked(&bench, run(&two, RunCause::Asked, 5), 5).await;
    assert_ne!(other.id, first.id);
    let mut tx = bench.look().await;
    assert!(proof_runs::get(&mut tx, two.project.id, first.id).await.unwrap().is_none(), "of another project");
    drop(tx);
    let held = claimed(&bench, &joined, 7, 30).await.unwrap();
    assert!(failed(&bench, &held, 8).await);
    let next = asked(&bench, run(&one, RunCause::Asked, 9), 9).await;
    assert_ne!(next.id, first.id, "a run that is over is not joined");
}

async fn of_many_who_take_a_run_one_gets_it(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let seen = asked(&bench, run(&tenant, RunCause::Asked, 0), 0).await;
    let takers = (0..8).map(|_| claimed(&bench, &seen, 1, 31));
    let taken: Vec<_> = futures::future::join_all(takers).await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].state, taken[0].fence, taken[0].attempts), (RunState::Running, 1, 1));
    assert!(due(&bench, 30, true, &nothing()).await.is_empty(), "it is held");
}

async fn a_run_is_taken_over_when_its_claim_has_ended_and_the_stale_holder_writes_nothing(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let seen = asked(&bench, run(&tenant, RunCause::Asked, 0), 0).await;
    let stale = claimed(&bench, &seen, 1, 31).await.unwrap();
    let write = async |hold, until: i64| {
        unit!(bench, |tx| proof_runs::progress(tx, hold, &[check()], at(until)).await).unwrap()
    };
    assert!(write(stale.hold(), 40).await);
    assert_eq!(shown(&bench, &stale).await.progress, [check()]);
    assert!(claimed(&bench, &stale, 39, 70).await.is_none(), "it was held on to");
    let found = due(&bench, 40, true, &nothing()).await.remove(0);
    let fresh = claimed(&bench, &found, 40, 70).await.unwrap();
    assert_eq!((fresh.fence, fresh.attempts, fresh.progress.len()), (2, 2, 0), "begun again");
    assert!(!write(stale.hold(), 99).await);
    assert!(!failed(&bench, &stale, 41).await);
    let hold = stale.hold();
    assert!(!unit!(bench, |tx| proof_runs::give_back(tx, hold).await).unwrap());
    assert_eq!(shown(&bench, &fresh).await.state, RunState::Running);
    let (hold, proof) = (fresh.hold(), ProofId::new());
    let end = RunEnd::Proof(proof, ProofStatus::Passed);
    assert!(unit!(bench, |tx| proof_runs::finish(tx, hold, at(42), &end).await).unwrap());
    let over = shown(&bench, &fresh).await;
    assert_eq!((over.state, over.proof, over.finished_at), (RunState::Done, Some(proof), Some(at(42))));
    assert!(!write(fresh.hold(), 99).await, "what is over stays as it is");
}

async fn a_run_that_is_given_back_was_never_begun(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let seen = asked(&bench, run(&tenant, RunCause::Asked, 0), 0).await;
    let held = claimed(&bench, &seen, 1, 31).await.unwrap();
    let hold = held.hold();
    assert!(unit!(bench, |tx| proof_runs::give_back(tx, hold).await).unwrap());
    let back = due(&bench, 1, true, &nothing()).await.remove(0);
    assert_eq!((back.state, back.attempts, back.started_at), (RunState::Queued, 0, None));
    let held = claimed(&bench, &back, 2, 99).await.unwrap();
    assert!(due(&bench, 3, true, &nothing()).await.is_empty());
    assert_eq!(unit!(bench, |tx| proof_runs::end_claims(tx, at(3)).await).unwrap(), 1);
    assert_eq!(due(&bench, 3, true, &nothing()).await[0].id, held.id, "its server is known to be gone");
}

async fn a_change_begins_a_run_anew_that_goes_on(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let seen = asked(&bench, run(&tenant, RunCause::Asked, 0), 0).await;
    let held = claimed(&bench, &seen, 1, 31).await.unwrap();
    let again = asked(&bench, run(&tenant, RunCause::Change, 2), 2).await;
    assert_eq!((again.id, again.state, again.what.cause), (held.id, RunState::Queued, RunCause::Asked));
    assert!(!failed(&bench, &held, 3).await, "what it found is of before the change");
    assert!(claimed(&bench, &again, 3, 33).await.is_some());
}

async fn what_nobody_asked_for_is_taken_apart_from_what_somebody_did(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let wanted = asked(&bench, run(&one, RunCause::Asked, 3), 0).await;
    let mut other = run(&two, RunCause::Change, 1);
    other.method = "other".into();
    let other = asked(&bench, other, 0).await;
    let ids = |runs: Vec<StoredRun>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(due(&bench, 3, true, &nothing()).await), [wanted.id]);
    assert_eq!(ids(due(&bench, 2, true, &nothing()).await), [], "it is not its time");
    assert_eq!(ids(due(&bench, 3, false, &nothing()).await), [other.id]);
    for full in [
        Full { methods: vec!["other".into(), "x".into()], ..nothing() },
        Full { projects: vec![other.what.project], ..nothing() },
        Full { both: vec![(one.project.id, "x".into()), (other.what.project, "other".into())], ..nothing() },
    ] {
        assert_eq!(ids(due(&bench, 3, false, &full).await), [], "{full:?}");
    }
    let beside = Full { both: vec![(other.what.project, "x".into()), (one.project.id, "other".into())], ..nothing() };
    assert_eq!(ids(due(&bench, 3, false, &beside).await), [other.id]);
}

async fn a_turn_comes_once_however_many_look(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let plan = async |due: i64| {
        let new = run(&tenant, RunCause::Schedule, due);
        unit!(bench, |tx| proof_runs::plan(tx, &new, at(50)).await).unwrap()
    };
    let planned = futures::join!(plan(10), plan(10), plan(10));
    assert_eq!([planned.0, planned.1, planned.2].into_iter().filter(|planned| *planned).count(), 1);
    let seen = due(&bench, 50, false, &nothing()).await.remove(0);
    let held = claimed(&bench, &seen, 50, 80).await.unwrap();
    assert!(!plan(20).await, "it is not over");
    assert!(failed(&bench, &held, 51).await);
    assert!(!plan(10).await, "this turn was had");
    assert!(plan(20).await);
}

async fn what_is_in_use_is_proven_again_and_nothing_else(bench: Bench) {
    use domain::integration::IntegrationState::{Active, Failed, Paused, Pending, Unproven};
    let tenant = bench.tenant("one").await;
    let project = tenant.project.id;
    let mut made = Vec::new();
    for (name, state) in [("a", Active), ("b", Failed), ("c", Unproven), ("d", Paused), ("e", Pending)] {
        let mut integration = integration(project, name);
        integration.state = state;
        let mut off = datasource(&integration, &format!("{name}-off"));
        off.proof_mode = ProofMode::Off;
        let mut draft = datasource(&integration, &format!("{name}-draft"));
        draft.usable = false;
        made.push((integration.clone(), [datasource(&integration, &format!("{name}-on")), off, draft]));
    }
    let proven = ProofOwner::Datasource(made[0].1[2].id);
    unit!(bench, |tx| {
        for (integration, places) in &made {
            integrations::insert(tx, integration).await?;
            for place in places {
                datasources::insert(tx, place).await?;
            }
        }
        proofs::insert(tx, project, proven, &proof(ProofStatus::Failed, 7)).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let found = proof_schedule::integrations(&mut tx, None, 10).await.unwrap();
    let names = |found: &[proof_schedule::Candidate]| {
        let mut names: Vec<_> = found.iter().map(|found| found.name.to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&found), ["a", "b", "c", "one"]);
    assert_eq!((found[0].since, found[0].mode), (at(0), ProofMode::Full));
    let places = proof_schedule::datasources(&mut tx, None, 10).await.unwrap();
    assert_eq!(names(&places), ["a-draft", "a-on", "b-on", "c-on", "one"], "a draft that was proven is none");
    let draft = places.iter().find(|found| found.owner == proven).unwrap();
    assert_eq!((draft.since, draft.method.as_str()), (at(7), "aws-access-key"));
    let rest = proof_schedule::integrations(&mut tx, Some(id(found[0].owner)), 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].owner), (2, found[1].owner), "pages go on after the last");
    drop(tx);
    let seen = asked(&bench, run(&tenant, RunCause::Asked, 30), 30).await;
    let mut tx = bench.look().await;
    assert_eq!(names(&proof_schedule::integrations(&mut tx, None, 10).await.unwrap()), ["a", "b", "c"]);
    drop(tx);
    let held = claimed(&bench, &seen, 31, 61).await.unwrap();
    assert!(failed(&bench, &held, 32).await);
    let found = proof_schedule::integrations(&mut bench.look().await, None, 10).await.unwrap();
    let again = found.iter().find(|found| found.name.as_str() == "one").unwrap();
    assert_eq!(again.since, at(30), "what could not be run was its turn all the same");
}

fn id(owner: ProofOwner) -> String {
    match owner {
        ProofOwner::Integration(id) => id.to_string(),
        ProofOwner::Datasource(id) => id.to_string(),
    }
}

async fn runs_are_forgotten_a_while_after_they_were_over(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let over = asked(&bench, run(&one, RunCause::Asked, 0), 0).await;
    let over = claimed(&bench, &over, 1, 31).await.unwrap();
    assert!(failed(&bench, &over, 10).await);
    asked(&bench, run(&two, RunCause::Asked, 0), 0).await;
    let purge = async |before: i64| unit!(bench, |tx| proof_runs::purge(tx, at(before)).await).unwrap();
    assert_eq!((purge(10).await, purge(11).await, purge(99).await), (0, 1, 0), "what is not over stays");
}

fn proof(status: ProofStatus, second: i64) -> StoredProof {
    let proof = Proof { status, mode: ProofMode::Full, checked_at: at(second), duration_ms: 5, checks: vec![check()] };
    StoredProof { id: ProofId::new(), proof }
}

async fn changes_of_results_are_found_by_project_and_time(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let change = |tenant: &Tenant, second: i64| StoredChange {
        proof: ProofId::new(),
        owner: ProofOwner::Datasource(tenant.datasource.id),
        name: tenant.datasource.name.clone(),
        before: ProofStatus::Passed,
        after: ProofStatus::Failed,
        at: at(second),
        checks: vec![CheckName::List, CheckName::Read],
    };
    let made = [change(&one, 1), change(&one, 2), change(&one, 3)];
    let (new, foreign, projects) = (made.clone(), change(&two, 2), (one.project.id, two.project.id));
    unit!(bench, |tx| {
        for change in &new {
            proofs::insert_change(tx, projects.0, change).await?;
        }
        proofs::insert_change(tx, projects.1, &foreign).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let found = proofs::changes(&mut tx, projects.0, at(2), 10).await.unwrap();
    assert_eq!(found, [made[2].clone(), made[1].clone()]);
    assert_eq!(proofs::changes(&mut tx, projects.0, at(0), 1).await.unwrap(), [made[2].clone()]);
}

async fn claims_are_measured_by_the_clock_that_all_share(bench: Bench) {
    let mut tx = bench.look().await;
    let now = proof_runs::clock(&mut tx, Timestamp::UNIX_EPOCH).await.unwrap();
    match tx.engine() {
        Engine::Sqlite => assert_eq!(now, Timestamp::UNIX_EPOCH, "there is one server, and this is its clock"),
        Engine::Postgres => {
            let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) AS seconds";
            let theirs = tx.fetch_one(sql, args![]).await.unwrap().get_i64("seconds").unwrap();
            assert!((now.as_second() - theirs).abs() < 60, "{now} {theirs}");
        }
    }
}
