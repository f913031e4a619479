//! The questions of a proof, answered by a double.

use domain::provider::{Finding, Probe};

use super::world::{USER, VIEWER, World, session_ask};

fn is_yes(finding: &Finding) -> bool {
    matches!(finding, Finding::Yes { .. })
}

#[tokio::test]
async fn the_store_is_reached_and_tells_its_time() {
    let world = World::new().await;
    let finding = world.by_key("reader", VIEWER).probe(&Probe::Reach).await;
    assert!(is_yes(&finding), "{finding:?}");
}

#[tokio::test]
async fn a_bucket_tells_where_it_is_and_whether_tokens_can_be_narrowed() {
    let world = World::new().await;
    let connection = world.by_key("reader", VIEWER);
    let ask = |bucket| Probe::Region { tags: session_ask(None).tags, bucket };
    assert!(matches!(connection.probe(&ask(None)).await, Finding::NotApplicable { .. }));
    let hidden = connection.probe(&ask(Some(world.bucket_name()))).await;
    let Finding::Yes { region: None, detail, .. } = hidden else { panic!("{hidden:?}") };
    assert!(detail.contains("storage.buckets.get"), "{detail}");
    world.front.grant(world.bucket.name(), &world.member("reader"), "roles/storage.bucketViewer");
    let fine =
        serde_json::json!({"location": "EU", "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}});
    world.front.set_bucket(world.bucket.name(), &fine);
    let seen = connection.probe(&ask(Some(world.bucket_name()))).await;
    let Finding::Yes { region, detail, .. } = seen else { panic!("{seen:?}") };
    assert_eq!(region.as_deref(), Some("eu"));
    assert!(detail.contains("fine-grained"), "{detail}");
    let missing = connection.probe(&ask(Some("no-such-bucket-here".parse().unwrap()))).await;
    assert!(matches!(missing, Finding::Unclear(_)), "{missing:?}");
}

#[tokio::test]
async fn a_subject_that_reaches_the_data_itself_is_told_from_a_bare_one() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let ask = Probe::BaseReaches { bucket: Some(world.bucket_name()) };
    let bare = connection.probe(&ask).await;
    assert!(matches!(bare, Finding::No { .. }), "{bare:?}");
    let member = world.provider("operators").member(super::world::PROJECT);
    world.front.grant(world.bucket.name(), &member, VIEWER);
    assert!(is_yes(&connection.probe(&ask).await));
    let key = world.by_key("writer", USER).probe(&ask).await;
    assert!(matches!(key, Finding::NotApplicable { .. }), "{key:?}");
}
