//! What every provider must do alike, over all of them: browsing, reading, writing, signing, narrowing, refusing.
//!
//! SeaweedFS, Ceph and Azurite decide by themselves and the local directory is real; before fake-gcs-server, and for
//! roles and folders of Azure, doubles decide. What a provider cannot do it declares, and then must refuse.

mod issuer;
mod live;
mod logs;
mod named_sts;
mod narrowing;
mod objects;
mod stores;
mod subject;
mod urls;
mod variables;

use std::collections::BTreeSet;

use subject::Subject;

/// The contract: every part over every subject, and what is known of both.
///
/// A method of the registry without a subject fails a test below.
macro_rules! contract {
    (parts { $($part:ident => $check:path;)+ } subjects $subjects:tt) => {
        /// All parts over one subject, one after the other, each in a folder of its own that is empty again behind it.
        async fn whole(subject: &Subject) {
            $({
                println!("{}", stringify!($part));
                let afresh = subject.afresh();
                $check(&afresh).await;
                afresh.sweep().await;
            })+
        }
        $(part! { $part => $check; $subjects })+
        /// The subjects by the method that each is made with.
        const SUBJECTS: &[(&str, &str)] = &subjects! { $subjects };
    };
}

/// One part over every subject, so that a failure says which of them broke which part.
macro_rules! part {
    ($part:ident => $check:path; { $($method:literal: $($subject:ident),+;)+ }) => {
        mod $part {
            $($(
                #[tokio::test]
                async fn $subject() {
                    $check(&crate::contract::stores::$subject($method).await).await;
                }
            )+)+
        }
    };
}

/// The subjects as values.
macro_rules! subjects {
    ({ $($method:literal: $($subject:ident),+;)+ }) => { [$($(($method, stringify!($subject)),)+)+] };
}

contract! {
    parts {
        objects_are_written_read_listed_and_removed => crate::contract::objects::round;
        keys_are_kept_byte_for_byte => crate::contract::objects::awkward;
        pages_follow_each_other => crate::contract::objects::pages;
        conditions_hold_as_declared => crate::contract::objects::conditions;
        what_is_absent_is_told_from_what_is_forbidden => crate::contract::objects::absent;
        urls_do_what_they_were_signed_for => crate::contract::urls::signed;
        urls_end => crate::contract::urls::ended;
        credentials_are_as_narrow_as_declared => crate::contract::narrowing::narrowed;
        log_ids_are_those_of_the_manual => crate::contract::logs::documented;
    }
    subjects {
        "aws-cross-account": role_of_a_customer_on_seaweedfs;
        "aws-sts": role_of_a_key_pair_on_seaweedfs;
        "aws-web-identity": role_by_web_identity_on_seaweedfs;
        "aws-access-key": key_pair_on_seaweedfs;
        "aws-environment": machine_on_seaweedfs;
        "aws-assume-role": role_of_the_machine_on_seaweedfs;
        "s3-compatible": seaweedfs, ceph;
        "gcp-service-account-key": gcs_with_a_key_where_a_double_decides;
        "gcp-cross-project": gcs_of_a_customer_where_a_double_decides;
        "gcp-workload-identity": gcs_by_a_pool_where_a_double_decides;
        "azure-client-secret": azure_with_folders_where_a_double_decides, azure_flat_where_a_double_decides;
        "azure-federated": azure_without_a_secret_where_a_double_decides;
        "azure-account-key": azure_account_key;
        "azure-sas": azure_pasted_signature;
        "local-directory": local_directory;
    }
}

#[test]
fn every_method_of_the_registry_has_a_subject() {
    let methods: BTreeSet<_> = subject::methods().all().iter().map(|method| method.descriptor().id).collect();
    let covered: BTreeSet<_> = SUBJECTS.iter().map(|(method, _)| *method).collect();
    assert_eq!(covered, methods, "give each method a subject in contract/stores.rs and a line above");
}

/// The whole contract in one bucket, as the live profile runs it; and nothing stays behind.
#[tokio::test]
async fn all_parts_run_over_one_bucket_and_leave_nothing() {
    let subject = stores::seaweedfs("s3-compatible").await;
    whole(&subject).await;
    whole(&subject).await;
    assert_eq!(subject.everything().await, Vec::<String>::new());
}
