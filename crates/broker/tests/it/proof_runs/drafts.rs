//! What was typed is kept without a proof, and is in use only after one.

use broker::{ChangeDatasource, ChangeIntegration, NewDatasource, NewIntegration, ProofChoice, Silent};
use domain::integration::IntegrationState;

use super::*;

fn draft(text: &str) -> NewIntegration {
    NewIntegration { draft: true, ..new(text) }
}

async fn state(house: &House, project: &Name, text: &str) -> IntegrationState {
    house.broker.show_integration(&house.admin, project, &name(text)).await.unwrap().state
}

async fn change(house: &House, project: &Name, revision: i64, change: ChangeIntegration) -> domain::Result<i64> {
    let changed = house.broker.change_integration(&house.admin, project, &name("aws"), revision, change, &Silent).await;
    changed.map(|changed| changed.made.revision)
}

#[tokio::test]
async fn draft_asks_nothing_and_is_active_after_a_proof_that_passed() {
    let (house, world, project) = connected().await;
    let made = make(&house, &project, draft("aws")).await.unwrap();
    assert_eq!((made.made.state, made.proof.is_none()), (IntegrationState::Pending, true));
    assert!(world.lock().asked.is_empty(), "nothing was asked");
    let early = make_datasource(&house, &project, new_datasource("in", Purpose::Input)).await;
    assert_eq!(early.map(drop).unwrap_err().kind(), ErrorKind::Conflict, "it is not in use");
    let node = Node::start(&house, &world, None).await;
    world.lock().refused.insert("authenticate");
    let run = node.prove(&house, &project, "aws").await;
    assert_eq!(node.over(&house, &project, &run).await.proof.unwrap().status, ProofStatus::Failed);
    assert_eq!(state(&house, &project, "aws").await, IntegrationState::Pending, "one goes on mending");
    world.lock().refused.clear();
    let mended = ChangeIntegration { draft: true, ..ChangeIntegration::default() };
    assert_eq!(change(&house, &project, 1, mended).await.unwrap(), 2);
    let run = node.prove(&house, &project, "aws").await;
    node.over(&house, &project, &run).await;
    assert_eq!(state(&house, &project, "aws").await, IntegrationState::Active);
    let late = ChangeIntegration { draft: true, ..ChangeIntegration::default() };
    assert_eq!(change(&house, &project, 3, late).await.unwrap_err().kind(), ErrorKind::Conflict);
    node.stop().await;
}

#[tokio::test]
async fn role_that_anyone_may_assume_never_becomes_active_through_a_draft() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    world.lock().trusts_everybody = true;
    // Away with the proven role, and another one in as a draft.
    let role = |arn: Option<&str>| [("role_arn".to_owned(), arn.map(str::to_owned))].into();
    let without = ChangeIntegration { settings: role(None), ..ChangeIntegration::default() };
    change(&house, &project, 1, without).await.unwrap();
    let other = role(Some("arn:aws:iam::1:role/open"));
    change(&house, &project, 2, ChangeIntegration { settings: other, draft: true, ..ChangeIntegration::default() })
        .await
        .unwrap();
    let proof = house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await.unwrap();
    assert_eq!(proof.status, ProofStatus::Failed);
    assert_eq!(state(&house, &project, "aws").await, IntegrationState::Pending);
    // Resuming goes by the last proof, so there must be no way round through a pause.
    let paused = house.broker.pause_integration(&house.admin, &project, &name("aws")).await;
    assert_eq!(paused.map(drop).unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn draft_is_proven_later_and_says_so_where_that_cannot_be() {
    let (house, _, project) = connected().await;
    let unproven = NewIntegration { unproven: Some("later".into()), ..draft("aws") };
    let error = make(&house, &project, unproven).await.map(drop).unwrap_err();
    assert_eq!(error.fields()[0].pointer, "/draft");
    let without_role = NewIntegration { settings: Default::default(), ..draft("aws") };
    make(&house, &project, without_role).await.unwrap();
    let error = house.broker.start_integration_proof(&house.admin, &project, &name("aws")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "the role is still to come");
}

#[tokio::test]
async fn draft_of_a_datasource_is_usable_after_a_proof_that_passed() {
    let (house, world, project) = ready().await;
    let off = Some(ProofChoice { mode: ProofMode::Off, reason: Some("no".into()) });
    let refused = NewDatasource { draft: true, proof: off, ..new_datasource("in", Purpose::Input) };
    let error = make_datasource(&house, &project, refused).await.map(drop).unwrap_err();
    assert_eq!(error.fields()[0].pointer, "/draft");
    let asked = world.count("list");
    let new = NewDatasource { draft: true, ..new_datasource("in", Purpose::Input) };
    let made = make_datasource(&house, &project, new).await.unwrap();
    assert_eq!((made.made.usable, made.made.region, world.count("list")), (false, None, asked));
    let node = Node::start(&house, &world, None).await;
    let start = async |mode| node.broker.start_datasource_proof(&house.admin, &project, &name("in"), mode).await;
    let shown = async || node.broker.show_datasource(&house.admin, &project, &name("in")).await.unwrap();
    assert_eq!(start(Some(ProofMode::WriteOnly)).await.unwrap_err().fields()[0].pointer, "/mode");
    world.lock().refused.insert("list");
    let run = start(None).await.unwrap();
    assert_eq!(node.over(&house, &project, &run).await.proof.unwrap().status, ProofStatus::Failed);
    assert!(!shown().await.usable);
    world.lock().refused.clear();
    let run = start(None).await.unwrap();
    node.over(&house, &project, &run).await;
    assert_eq!((shown().await.usable, shown().await.region.as_deref()), (true, Some("scripted-1")));
    let changed = ChangeDatasource::default();
    let revision = shown().await.revision;
    node.broker.change_datasource(&house.admin, &project, &name("in"), revision, changed, &Silent).await.unwrap();
    node.stop().await;
}
