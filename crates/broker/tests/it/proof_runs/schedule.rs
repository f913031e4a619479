//! What is proven again by itself, when, and on whose behalf.

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// By then everything has had its turn once, and nothing twice.
const A_DAY_AND_A_HALF: Duration = Duration::from_secs(36 * 3600);

/// The runs of a project that are over, by name: cause and state.
async fn ended(house: &House) -> Vec<(String, String, String)> {
    let found = house.store.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT owner_name, cause, state FROM proof_runs WHERE finished_at IS NOT NULL
                       ORDER BY owner_name, id";
            let rows = tx.fetch_all(sql, store::args![]).await?;
            let text = |row: &store::Row, column| row.get_text(column).map(str::to_owned);
            rows.iter().map(|row| Ok((text(row, "owner_name")?, text(row, "cause")?, text(row, "state")?))).collect()
        })
    });
    found.await.unwrap()
}

fn scheduled(name: &str, state: &str) -> (String, String, String) {
    (name.to_owned(), "schedule".to_owned(), state.to_owned())
}

#[tokio::test]
async fn everything_in_use_is_proven_again_once_a_day_by_one_of_two_servers() {
    let (house, world, project) = ready().await;
    make_datasource(&house, &project, new_datasource("in", Purpose::Input)).await.unwrap();
    for text in ["paused", "two"] {
        make(&house, &project, new(text)).await.unwrap();
    }
    house.broker.pause_integration(&house.admin, &project, &name("paused")).await.unwrap();
    make(&house, &project, broker::NewIntegration { draft: true, ..new("draft") }).await.unwrap();
    let before = world.count("authenticate");
    house.clock.advance(A_DAY_AND_A_HALF);
    let (one, other) = futures::join!(Node::start(&house, &world, Some(DAY)), Node::start(&house, &world, Some(DAY)));
    let expected = ["aws", "in", "two"].map(|name| scheduled(name, "done"));
    until(async || (ended(&house).await.len() >= 3).then_some(())).await;
    one.stop().await;
    other.stop().await;
    assert_eq!(ended(&house).await, expected);
    assert_eq!(world.count("authenticate") - before, 3, "each was asked once");
    let recorded = house.recorded(&AuditScope::Project(project.clone())).await;
    assert!(recorded.contains(&"datasource.prove done".to_owned()), "{recorded:?}");
    // A server that starts again finds that their turn was had.
    Node::start(&house, &world, Some(DAY)).await.stop().await;
    assert_eq!(ended(&house).await, expected);
}

#[tokio::test]
async fn nothing_is_proven_again_before_its_turn_or_where_it_is_off() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let before = world.count("authenticate");
    house.clock.advance(DAY / 3);
    let node = Node::start(&house, &world, Some(DAY)).await;
    let run = node.prove(&house, &project, "aws").await;
    node.over(&house, &project, &run).await;
    node.stop().await;
    house.clock.advance(A_DAY_AND_A_HALF);
    let node = Node::start(&house, &world, None).await;
    let run = node.prove(&house, &project, "aws").await;
    node.over(&house, &project, &run).await;
    node.stop().await;
    assert_eq!(world.count("authenticate") - before, 2, "only what was asked for");
}

#[tokio::test]
async fn role_of_each_person_is_proven_only_for_somebody() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    world.lock().user_properties = vec!["team".to_owned()];
    house.clock.advance(A_DAY_AND_A_HALF);
    let node = Node::start(&house, &world, Some(DAY)).await;
    until(async || (!ended(&house).await.is_empty()).then_some(())).await;
    assert_eq!(ended(&house).await, [scheduled("aws", "failed")]);
    let shown = node.broker.show_integration(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(shown.state, domain::integration::IntegrationState::Active, "nothing was learnt");
    let run = node.prove(&house, &project, "aws").await;
    assert_eq!(node.over(&house, &project, &run).await.state, RunState::Done);
    node.stop().await;
}

#[tokio::test]
async fn run_of_somebody_who_was_taken_out_meanwhile_is_nobodys() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    world.lock().user_properties = vec!["team".to_owned()];
    let ann = house.member(&project, "ann", domain::principal::Role::Admin).await;
    let ask = async || house.broker.start_integration_proof(&ann, &project, &name("aws")).await.unwrap();
    let run = ask().await;
    let node = Node::start(&house, &world, None).await;
    assert_eq!(node.over(&house, &project, &run).await.state, RunState::Done, "hers, as long as she may");
    node.stop().await;
    let run = ask().await;
    house.broker.remove_member(&house.admin, &project, "ann").await.unwrap();
    let node = Node::start(&house, &world, None).await;
    let over = node.over(&house, &project, &run).await;
    assert_eq!((over.state, over.error.unwrap().code.as_str()), (RunState::Failed, "unsupported"));
    node.stop().await;
}
