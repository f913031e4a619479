//! The ids by which the cloud's log and ours are joined are those that the manual names.

use std::collections::BTreeSet;

use super::subject::{self, Subject};

/// The ids in the table of `docs/cloud-logs.md`, in the row of this method.
fn documented(method: &str) -> BTreeSet<String> {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cloud-logs.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let row = manual.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{method}`")));
    let row = row.unwrap_or_else(|| panic!("docs/cloud-logs.md has no row for {method}"));
    let ids = row.split('|').nth(3).unwrap_or_default();
    ids.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

async fn found(subject: Subject) -> BTreeSet<String> {
    let ids = subject.session().await.log_ids();
    assert!(ids.iter().all(|(_, id)| !id.is_empty()), "{ids:?}");
    ids.into_iter().map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test]
async fn the_ids_of_every_session_are_those_of_the_manual() {
    assert_eq!(found(subject::seaweedfs().await).await, documented("aws-sts"));
    assert_eq!(found(subject::ceph().await).await, documented("aws-access-key"));
    assert_eq!(found(subject::gcs_with_a_key().await).await, documented("gcp-service-account-key"));
    assert_eq!(found(subject::gcs_without_a_key().await).await, documented("gcp-cross-project"));
    assert_eq!(found(subject::azure_with_folders().await).await, documented("azure-client-secret"));
    assert_eq!(found(subject::azure_account_key().await).await, documented("azure-account-key"));
    assert_eq!(found(subject::local_directory().await).await, documented("local-directory"));
}
