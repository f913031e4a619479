//! What the proof of a datasource asks in each mode, what it finds, and what it leaves behind.

use broker::NewDatasource;
use domain::datasource::Purpose;
use domain::name::Name;
use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus};

use crate::datasources::{make, mode, new, ready};
use crate::house::House;

/// The proof of a new datasource `x`, passed or not.
async fn proof_of(house: &House, project: &Name, purpose: Purpose, chosen: ProofMode) -> Proof {
    let made = make(house, project, NewDatasource { proof: mode(chosen), ..new("x", purpose) }).await;
    match made {
        Ok(made) => made.proof.unwrap(),
        Err(error) => error.proof().unwrap().clone(),
    }
}

fn check(proof: &Proof, name: CheckName) -> &Check {
    proof.checks.iter().find(|check| check.name == name).unwrap()
}

fn statuses(proof: &Proof, status: CheckStatus) -> Vec<CheckName> {
    proof.checks.iter().filter(|check| check.status == status).map(|check| check.name).collect()
}

#[tokio::test]
async fn full_proof_shows_every_right_and_leaves_nothing_behind() {
    let (house, world, project) = ready().await;
    let proof = proof_of(&house, &project, Purpose::InputOutput, ProofMode::Full).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    let names: Vec<_> = proof.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, CheckName::ALL, "every check once and in order");
    use CheckName::{DeleteProbe, List, OverwriteProbe, Read, ReadBack, ScopeRefusesOtherVerbs, ScopeRefusesSibling};
    for shown in [List, Read, CheckName::WriteProbe, OverwriteProbe, ReadBack, DeleteProbe, CheckName::SignedUrl] {
        assert_eq!(check(&proof, shown).status, CheckStatus::Passed, "{shown}");
    }
    for shown in [CheckName::ScopedCredential, ScopeRefusesSibling, ScopeRefusesOtherVerbs, CheckName::Cleanup] {
        assert_eq!(check(&proof, shown).status, CheckStatus::Passed, "{shown}");
    }
    assert!(world.keys("data").is_empty(), "{:?}", world.keys("data"));
}

#[tokio::test]
async fn read_only_proof_works_on_an_empty_prefix_and_writes_nothing() {
    let (house, world, project) = ready().await;
    let proof = proof_of(&house, &project, Purpose::Input, ProofMode::ReadOnly).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    assert_eq!(check(&proof, CheckName::Read).status, CheckStatus::Passed);
    assert_eq!((world.count("put"), world.count("delete")), (0, 0));
}

#[tokio::test]
async fn write_only_proof_creates_and_nothing_else_and_names_what_stays() {
    let (house, world, project) = ready().await;
    for forbidden in ["list", "delete"] {
        world.lock().refused.insert(forbidden);
    }
    let proof = proof_of(&house, &project, Purpose::Output, ProofMode::WriteOnly).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    let left = world.keys("data");
    assert!(left.len() == 1 && left[0].starts_with("x/.tidegate/probe-"), "{left:?}");
    let cleanup = check(&proof, CheckName::Cleanup);
    assert_eq!(cleanup.status, CheckStatus::Warning);
    assert!(cleanup.detail.contains(&left[0]), "{}", cleanup.detail);
}

#[tokio::test]
async fn the_first_check_that_is_told_of_no_bucket_fails_with_its_name_and_the_rest_is_not_asked() {
    let (house, world, project) = ready().await;
    world.lock().no_bucket = true;
    for (mode, purpose, asked) in [
        (ProofMode::Full, Purpose::Output, CheckName::List),
        (ProofMode::ListOnly, Purpose::Input, CheckName::List),
        (ProofMode::WriteOnly, Purpose::Output, CheckName::WriteProbe),
    ] {
        let proof = proof_of(&house, &project, purpose, mode).await;
        assert_eq!(
            (proof.status, statuses(&proof, CheckStatus::Failed)),
            (ProofStatus::Failed, vec![asked]),
            "{mode:?}"
        );
        let remedy = check(&proof, asked).remedy.as_ref().unwrap();
        assert!(remedy.summary.contains("no bucket 'data'") && remedy.summary.contains("scripted-1"), "{remedy:?}");
        let excess = check(&proof, CheckName::ExcessOtherPrefix);
        assert_eq!(excess.status, CheckStatus::Skipped);
        assert!(excess.detail.contains("no such bucket"), "{}", excess.detail);
    }
    assert_eq!((world.count("list"), world.count("put"), world.count("get")), (2, 1, 0));
}

#[tokio::test]
async fn list_only_proof_reaches_no_contents() {
    let (house, world, project) = ready().await;
    world.put("data", "x/1.png", b"1", "2026-01-01T00:00:00Z");
    let proof = proof_of(&house, &project, Purpose::Input, ProofMode::ListOnly).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    assert_eq!(check(&proof, CheckName::List).status, CheckStatus::Passed);
    assert_eq!(check(&proof, CheckName::Read).status, CheckStatus::Skipped);
    assert_eq!(check(&proof, CheckName::SignedUrl).status, CheckStatus::Skipped);
}

#[tokio::test]
async fn method_that_signs_nothing_passes_with_the_reason_beside_the_url() {
    let (house, world, project) = ready().await;
    world.lock().signs_nothing = true;
    let proof = proof_of(&house, &project, Purpose::InputOutput, ProofMode::Full).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    let signed = check(&proof, CheckName::SignedUrl);
    assert_eq!(signed.status, CheckStatus::Skipped);
    assert!(signed.detail.contains("cannot be narrowed"), "{}", signed.detail);
}

#[tokio::test]
async fn each_missing_right_fails_its_own_check_with_what_mends_it() {
    let missing = [
        ("list", CheckName::List),
        ("put", CheckName::WriteProbe),
        ("get", CheckName::ReadBack),
        ("delete", CheckName::DeleteProbe),
    ];
    for (right, name) in missing {
        let (house, world, project) = ready().await;
        world.lock().refused.insert(right);
        let proof = proof_of(&house, &project, Purpose::InputOutput, ProofMode::Full).await;
        assert_eq!(proof.status, ProofStatus::Failed, "{right}");
        assert!(statuses(&proof, CheckStatus::Failed).contains(&name), "{right}: {proof:#?}");
        assert!(check(&proof, name).remedy.is_some(), "{right}");
    }
}

#[tokio::test]
async fn probe_that_cannot_be_removed_is_named() {
    let (house, world, project) = ready().await;
    world.lock().refused.insert("delete");
    let proof = proof_of(&house, &project, Purpose::Output, ProofMode::Full).await;
    let left = world.keys("data");
    assert_eq!(left.len(), 1);
    assert!(check(&proof, CheckName::Cleanup).detail.contains(&left[0]));
}

#[tokio::test]
async fn bucket_that_keeps_versions_leaves_them_and_says_so() {
    let (house, world, project) = ready().await;
    world.lock().versions = true;
    let proof = proof_of(&house, &project, Purpose::Output, ProofMode::Full).await;
    assert_eq!(proof.status, ProofStatus::Passed);
    assert_eq!(check(&proof, CheckName::Cleanup).status, CheckStatus::Warning);
}

#[tokio::test]
async fn silence_is_never_a_pass() {
    for silent in ["list", "put", "get", "delete"] {
        let (house, world, project) = ready().await;
        world.lock().silent.insert(silent);
        let proof = proof_of(&house, &project, Purpose::InputOutput, ProofMode::Full).await;
        assert_eq!(proof.status, ProofStatus::Inconclusive, "{silent}: {proof:#?}");
    }
}

#[tokio::test]
async fn write_that_ran_out_of_time_is_looked_for_and_removed() {
    let (house, world, project) = ready().await;
    world.lock().hangs.insert("put", 1);
    let proof = proof_of(&house, &project, Purpose::Output, ProofMode::Full).await;
    assert_eq!(proof.status, ProofStatus::Inconclusive);
    assert_eq!(check(&proof, CheckName::WriteProbe).status, CheckStatus::Inconclusive);
    assert!(world.keys("data").is_empty(), "{:?}", world.keys("data"));
    assert_eq!(check(&proof, CheckName::Cleanup).status, CheckStatus::Passed);
}

#[tokio::test]
async fn overwriting_that_ran_out_of_time_is_not_held_against_reading() {
    let (house, world, project) = ready().await;
    world.lock().hangs.insert("put", 2);
    let proof = proof_of(&house, &project, Purpose::Output, ProofMode::Full).await;
    assert_eq!(check(&proof, CheckName::OverwriteProbe).status, CheckStatus::Inconclusive);
    assert_eq!(check(&proof, CheckName::ReadBack).status, CheckStatus::Passed);
    assert_eq!(proof.status, ProofStatus::Inconclusive, "{proof:#?}");
}

#[tokio::test]
async fn signed_url_of_a_slow_store_is_valid_from_the_time_it_is_tried() {
    use domain::clock::Clock as _;
    let (house, world, project) = ready().await;
    world.lock().hangs.insert("list", 1);
    let began = house.clock.now();
    proof_of(&house, &project, Purpose::Output, ProofMode::Full).await;
    let signed = world.lock().signed_at[0];
    assert!(signed.duration_since(began).as_secs() >= 20, "{began} {signed}");
}

#[tokio::test]
async fn archived_object_is_not_taken_for_one_that_may_not_be_read() {
    let (house, world, project) = ready().await;
    world.put("data", "x/old.png", b"old", "2020-01-01T00:00:00Z");
    world.lock().archived = true;
    let proof = proof_of(&house, &project, Purpose::Input, ProofMode::ReadOnly).await;
    assert_eq!(proof.status, ProofStatus::Passed, "{proof:#?}");
    assert_eq!(check(&proof, CheckName::Read).status, CheckStatus::Skipped);
}

#[tokio::test]
async fn refusal_of_a_write_shows_nothing_where_no_absent_key_was_told() {
    for (chosen, expected) in [(ProofMode::ReadOnly, CheckStatus::Passed), (ProofMode::ListOnly, CheckStatus::Skipped)]
    {
        let (house, world, project) = ready().await;
        world.lock().conditional_replace = true;
        world.lock().refused.insert("put");
        let proof = proof_of(&house, &project, Purpose::Input, chosen).await;
        assert_eq!(check(&proof, CheckName::ExcessWrite).status, expected, "{chosen:?}");
    }
}
