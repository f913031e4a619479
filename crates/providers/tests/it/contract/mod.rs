//! What every provider must do alike, over all of them: browsing, reading, writing, signing, narrowing, refusing.
//!
//! SeaweedFS, Ceph and Azurite decide by themselves and the local directory is real; before fake-gcs-server, and for
//! roles and folders of Azure, doubles decide. What a provider cannot do it declares, and then must refuse.

mod live;
mod logs;
mod narrowing;
mod objects;
mod subject;
mod urls;

/// Runs a part of the contract over every provider, and says which one broke it.
macro_rules! over_all {
    ($($name:ident => $check:path;)+) => {
        $(mod $name {
            use crate::contract::subject;

            #[tokio::test]
            async fn seaweedfs() { $check(subject::seaweedfs().await).await }
            #[tokio::test]
            async fn ceph() { $check(subject::ceph().await).await }
            #[tokio::test]
            async fn gcs_with_a_key_where_a_double_decides() { $check(subject::gcs_with_a_key().await).await }
            #[tokio::test]
            async fn gcs_without_a_key_where_a_double_decides() { $check(subject::gcs_without_a_key().await).await }
            #[tokio::test]
            async fn azure_with_folders_where_a_double_decides() { $check(subject::azure_with_folders().await).await }
            #[tokio::test]
            async fn azure_flat_where_a_double_decides() { $check(subject::azure_flat().await).await }
            #[tokio::test]
            async fn azure_account_key() { $check(subject::azure_account_key().await).await }
            #[tokio::test]
            async fn local_directory() { $check(subject::local_directory().await).await }
        })+
    };
}

over_all! {
    objects_are_written_read_listed_and_removed => super::objects::round;
    keys_are_kept_byte_for_byte => super::objects::awkward;
    pages_follow_each_other => super::objects::pages;
    conditions_hold_as_declared => super::objects::conditions;
    what_is_absent_is_told_from_what_is_forbidden => super::objects::absent;
    urls_do_what_they_were_signed_for => super::urls::signed;
    urls_end => super::urls::ended;
    credentials_are_as_narrow_as_declared => super::narrowing::narrowed;
}
