//! The questions of a proof.

use domain::provider::{Finding, Probe};

use crate::store::{BROKER, ROOT, WRITER, bucket, connect, root, session_ask};

fn is_yes(finding: &Finding) -> bool {
    matches!(finding, Finding::Yes { .. })
}

#[tokio::test]
async fn the_store_is_reached_and_tells_its_time() {
    let finding = connect("s3-compatible", Some(ROOT), &[]).probe(&Probe::Reach).await;
    let Finding::Yes { clock, .. } = finding else { panic!("{finding:?}") };
    assert!(clock.is_some());
}

#[tokio::test]
async fn known_keys_are_known_and_unknown_ones_are_not() {
    root().await;
    for keys in [ROOT, BROKER] {
        for preset in ["seaweedfs", "generic"] {
            let finding = connect("s3-compatible", Some(keys), &[("preset", preset)]).probe(&Probe::Authenticate).await;
            assert!(is_yes(&finding), "{preset}: {finding:?}");
        }
    }
    for preset in ["seaweedfs", "generic"] {
        let settings = [("preset", preset)];
        let finding = connect("s3-compatible", Some((BROKER.0, "wrong")), &settings).probe(&Probe::Authenticate).await;
        assert!(matches!(finding, Finding::No { .. }), "{preset}: {finding:?}");
    }
}

#[tokio::test]
async fn a_bare_base_identity_is_told_from_one_that_reaches_data() {
    root().await;
    let ask = Probe::BaseReaches { bucket: Some(bucket()) };
    let bare = connect("s3-compatible", Some(BROKER), &[("role_arn", WRITER)]).probe(&ask).await;
    assert!(matches!(bare, Finding::No { .. }), "{bare:?}");
    let wide = connect("s3-compatible", Some(ROOT), &[("role_arn", WRITER)]).probe(&ask).await;
    assert!(is_yes(&wide), "{wide:?}");
    let none = connect("s3-compatible", Some(ROOT), &[]).probe(&ask).await;
    assert!(matches!(none, Finding::NotApplicable { .. }), "{none:?}");
}

#[tokio::test]
async fn requests_are_accepted_for_the_region() {
    root().await;
    for bucket in [None, Some(bucket())] {
        let ask = Probe::Region { tags: session_ask(None).tags, bucket };
        let finding = connect("s3-compatible", Some(BROKER), &[("role_arn", WRITER)]).probe(&ask).await;
        assert!(is_yes(&finding), "{finding:?}");
    }
}
