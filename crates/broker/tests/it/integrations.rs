//! What making, changing and deleting an integration keeps, and when.

use std::collections::BTreeMap;

use broker::{ChangeIntegration, Created, IntegrationView, NewIntegration, Proven, Silent};
use domain::integration::{IntegrationState, Settings};
use domain::name::Name;
use domain::principal::Role;
use domain::proof::ProofStatus;
use domain::secret::SecretBytes;
use domain::{ErrorKind, Result};

use crate::double::{ScriptedProviderDouble, WorldDouble};
use crate::house::{House, house_with, name, page};

pub(crate) const ROLE: &str = "arn:aws:iam::444455556666:role/customer";

/// A house with a project, and a cloud that answers as the test says.
pub(crate) async fn connected() -> (House, WorldDouble, Name) {
    let world = WorldDouble::new();
    let provider = std::sync::Arc::new(ScriptedProviderDouble(world.clone()));
    let house = house_with(vec![provider], std::sync::Arc::new(world.clone())).await;
    let project = house.project("pets").await;
    (house, world, project)
}

pub(crate) fn new(text: &str) -> NewIntegration {
    NewIntegration {
        name: name(text),
        method: "scripted".into(),
        settings: Settings::from([("role_arn".into(), ROLE.into())]),
        secrets: BTreeMap::from([("secret_access_key".into(), SecretBytes::from("first"))]),
        unproven: None,
        keep: false,
        draft: false,
    }
}

pub(crate) async fn make(house: &House, project: &Name, new: NewIntegration) -> Result<Created<IntegrationView>> {
    house.broker.create_integration(&house.admin, project, new, &Silent).await
}

async fn change(house: &House, project: &Name, revision: i64, change: ChangeIntegration) -> Result<IntegrationView> {
    let changed = house.broker.change_integration(&house.admin, project, &name("aws"), revision, change, &Silent).await;
    changed.map(|changed| changed.made)
}

fn set(field: &str, value: Option<&str>) -> ChangeIntegration {
    let settings = BTreeMap::from([(field.to_owned(), value.map(str::to_owned))]);
    ChangeIntegration { settings, ..ChangeIntegration::default() }
}

fn secret(value: Option<&str>) -> ChangeIntegration {
    let secrets = BTreeMap::from([("secret_access_key".to_owned(), value.map(SecretBytes::from))]);
    ChangeIntegration { secrets, ..ChangeIntegration::default() }
}

async fn shown(house: &House, project: &Name) -> Result<IntegrationView> {
    house.broker.show_integration(&house.admin, project, &name("aws")).await
}

#[tokio::test]
async fn proof_that_passed_makes_an_integration_active() {
    let (house, _, project) = connected().await;
    let made = make(&house, &project, new("aws")).await.unwrap();
    assert_eq!((made.made.state, made.proof.unwrap().status), (IntegrationState::Active, ProofStatus::Passed));
    let secrets = &shown(&house, &project).await.unwrap().secrets;
    assert_eq!((secrets.len(), secrets[0].version), (1, 1));
}

#[tokio::test]
async fn proof_that_failed_keeps_nothing_unless_asked_to() {
    let (house, world, project) = connected().await;
    world.lock().refused.insert("assume");
    let error = make(&house, &project, new("aws")).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::ProofFailed, false));
    assert_eq!(error.proof().unwrap().status, ProofStatus::Failed);
    assert_eq!(shown(&house, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
    let kept = make(&house, &project, NewIntegration { keep: true, ..new("aws") }).await.unwrap();
    assert_eq!(kept.made.state, IntegrationState::Failed);
}

#[tokio::test]
async fn proof_without_an_end_is_never_kept_and_may_be_repeated() {
    let (house, world, project) = connected().await;
    world.lock().silent.insert("authenticate");
    let error = make(&house, &project, NewIntegration { keep: true, ..new("aws") }).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::ProofFailed, true));
    assert_eq!(error.proof().unwrap().status, ProofStatus::Inconclusive);
    assert_eq!(shown(&house, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn role_that_anyone_may_assume_is_refused_as_such() {
    let (house, world, project) = connected().await;
    world.lock().trusts_everybody = true;
    let error = make(&house, &project, new("aws")).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TrustNotEnforced);
    assert!(error.hint().unwrap().contains("external id"));
}

#[tokio::test]
async fn role_that_trusts_tidegate_is_never_taken_without_seeing_that_it_requires_the_external_id() {
    let (house, world, project) = connected().await;
    let unproven = || NewIntegration { unproven: Some("later".into()), ..new("aws") };
    let kind = async || make(&house, &project, unproven()).await.map(drop).unwrap_err().kind();
    world.lock().trusts_everybody = true;
    assert_eq!(kind().await, ErrorKind::TrustNotEnforced);
    world.lock().trusts_everybody = false;
    world.lock().refused.insert("assume");
    assert_eq!(kind().await, ErrorKind::ProviderDenied, "it may be the role of somebody else, who opens it later");
    world.lock().refused.clear();
    world.lock().silent.insert("assume");
    assert_eq!(kind().await, ErrorKind::ProviderUnavailable);
    world.lock().silent.clear();
    let recorded = house.recorded(&broker::AuditScope::Project(project.clone())).await;
    assert_eq!(recorded.iter().filter(|line| *line == "integration.create failed").count(), 3);

    make(&house, &project, unproven()).await.unwrap();
    world.lock().trusts_everybody = true;
    let moved = ChangeIntegration { unproven: Some("later".into()), ..set("role_arn", Some("arn:aws:iam::1:role/b")) };
    assert_eq!(change(&house, &project, 1, moved).await.unwrap_err().kind(), ErrorKind::TrustNotEnforced);
    assert_eq!(shown(&house, &project).await.unwrap().settings["role_arn"], ROLE);
}

#[tokio::test]
async fn name_is_taken_once_and_refused_before_anything_is_asked() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let asked = world.lock().asked.len();
    let error = make(&house, &project, new("aws")).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::NameTaken, "/name"));
    assert_eq!(world.lock().asked.len(), asked);
}

#[tokio::test]
async fn integration_without_its_role_waits_and_is_finished_by_setting_it() {
    let (house, world, project) = connected().await;
    let made = make(&house, &project, NewIntegration { settings: Settings::new(), ..new("aws") }).await.unwrap();
    assert_eq!((made.made.state, made.proof.is_none()), (IntegrationState::Pending, true));
    assert!(made.made.external_id.unwrap().starts_with("tidegate-"));
    assert_eq!(world.count("assume"), 0);
    let early = house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await;
    assert_eq!(early.unwrap_err().kind(), ErrorKind::Conflict);
    let finished = change(&house, &project, 1, set("role_arn", Some(ROLE))).await.unwrap();
    assert_eq!((finished.state, finished.revision), (IntegrationState::Active, 2));
}

#[tokio::test]
async fn change_that_fails_its_proof_leaves_everything_as_it_was() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    world.lock().refused.insert("assume");
    let error = change(&house, &project, 1, secret(Some("second"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProofFailed);
    let kept = shown(&house, &project).await.unwrap();
    assert_eq!((kept.revision, kept.state, kept.secrets[0].version), (1, IntegrationState::Active, 1));
}

#[tokio::test]
async fn blank_secret_keeps_the_one_there_is_and_null_removes_it() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    change(&house, &project, 1, secret(Some(""))).await.unwrap();
    assert_eq!(world.lock().asked.iter().rfind(|(what, _)| *what == "connect").unwrap().1, "first");
    assert_eq!(shown(&house, &project).await.unwrap().secrets[0].version, 1);
    let without = change(&house, &project, 2, secret(None)).await.unwrap();
    assert!(without.secrets.is_empty());
}

#[tokio::test]
async fn new_host_needs_the_secret_again_and_never_gets_an_older_one() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    change(&house, &project, 1, secret(Some("second"))).await.unwrap();
    let asked = world.lock().asked.len();
    let mut elsewhere = set("endpoint", Some("https://elsewhere.example"));
    let error = change(&house, &project, 2, set("endpoint", Some("https://elsewhere.example"))).await.unwrap_err();
    assert_eq!(error.fields()[0].pointer, "/secrets/secret_access_key");
    assert_eq!(world.lock().asked.len(), asked, "nothing was sent");
    elsewhere.secrets = secret(Some("third")).secrets;
    change(&house, &project, 2, elsewhere).await.unwrap();
    let versions = house.broker.list_secret_versions(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(versions.iter().map(|shown| shown.version).collect::<Vec<_>>(), [3], "the older ones are gone");
    let field = "secret_access_key";
    let back = house.broker.roll_back_secret(&house.admin, &project, &name("aws"), field, 2, &Silent).await;
    assert_eq!(back.map(drop).unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn rolling_back_proves_the_older_secret_before_switching() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    change(&house, &project, 1, secret(Some("second"))).await.unwrap();
    let back = async || {
        let field = "secret_access_key";
        house.broker.roll_back_secret(&house.admin, &project, &name("aws"), field, 1, &Silent).await.map(drop)
    };
    world.lock().refused.insert("assume");
    assert_eq!(back().await.unwrap_err().kind(), ErrorKind::ProofFailed);
    assert_eq!(shown(&house, &project).await.unwrap().secrets[0].version, 2);
    world.lock().refused.clear();
    back().await.unwrap();
    assert_eq!(shown(&house, &project).await.unwrap().secrets[0].version, 1);
    assert_eq!(world.lock().asked.iter().rfind(|(what, _)| *what == "connect").unwrap().1, "first");
}

#[tokio::test]
async fn stale_revision_changes_and_deletes_nothing() {
    let (house, _, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    change(&house, &project, 1, set("region", Some("r"))).await.unwrap();
    let stale = change(&house, &project, 1, set("region", None)).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
    let stale = house.broker.delete_integration(&house.admin, &project, &name("aws"), 1).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
    house.broker.delete_integration(&house.admin, &project, &name("aws"), 2).await.unwrap();
    assert_eq!(shown(&house, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn paused_integration_stays_paused_through_proofs_and_changes() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let paused = house.broker.pause_integration(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(paused.state, IntegrationState::Paused);
    house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await.unwrap();
    let changed = change(&house, &project, 2, set("region", Some("r"))).await.unwrap();
    assert_eq!(changed.state, IntegrationState::Paused);
    world.lock().refused.insert("assume");
    house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await.unwrap();
    let resumed = house.broker.resume_integration(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(resumed.state, IntegrationState::Failed, "its last proof failed");
}

#[tokio::test]
async fn every_proof_is_kept_and_decides_the_state() {
    let (house, world, project) = connected().await;
    make(&house, &project, NewIntegration { unproven: Some("later".into()), ..new("aws") }).await.unwrap();
    assert_eq!(shown(&house, &project).await.unwrap().state, IntegrationState::Unproven);
    let prove = async || {
        house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await.unwrap();
        shown(&house, &project).await.unwrap().state
    };
    assert_eq!(prove().await, IntegrationState::Active);
    world.lock().silent.insert("authenticate");
    assert_eq!(prove().await, IntegrationState::Active, "nothing was learnt");
    world.lock().silent.clear();
    world.lock().refused.insert("authenticate");
    assert_eq!(prove().await, IntegrationState::Failed);
    let proofs =
        house.broker.list_proofs(&house.admin, &project, Proven::Integration, &name("aws"), page()).await.unwrap();
    use ProofStatus::{Failed, Inconclusive, Passed};
    assert_eq!(proofs.items.iter().map(|kept| kept.proof.status).collect::<Vec<_>>(), [Failed, Inconclusive, Passed]);
}

#[tokio::test]
async fn developers_browse_and_viewers_only_look() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    world.put("data", "a/1.png", b"1", "2026-01-01T00:00:00Z");
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let developer = house.member(&project, "dev", Role::Developer).await;
    let query = || broker::BrowseQuery { bucket: None, prefix: String::new(), delimiter: None, page: page() };
    let refused = house.broker.browse_integration(&viewer, &project, &name("aws"), query()).await;
    assert_eq!(refused.map(drop).unwrap_err().kind(), ErrorKind::PermissionDenied);
    let buckets = house.broker.browse_integration(&developer, &project, &name("aws"), query()).await.unwrap();
    assert_eq!(serde_json::to_value(buckets).unwrap(), serde_json::json!({"items": [{"name": "data"}], "next": null}));
    let within = broker::BrowseQuery { bucket: Some("data".parse().unwrap()), delimiter: Some("/".into()), ..query() };
    let level = house.broker.browse_integration(&developer, &project, &name("aws"), within).await.unwrap();
    assert_eq!(serde_json::to_value(level).unwrap()["prefixes"], serde_json::json!(["a/"]));
}

#[tokio::test]
async fn integration_without_its_role_is_pending_again_after_a_pause() {
    let (house, _, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let pending = change(&house, &project, 1, set("role_arn", None)).await.unwrap();
    assert_eq!(pending.state, IntegrationState::Pending);
    house.broker.pause_integration(&house.admin, &project, &name("aws")).await.unwrap();
    let resumed = house.broker.resume_integration(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(resumed.state, IntegrationState::Pending);
}
