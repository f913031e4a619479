//! Which method is shown first, and why.

use domain::provider::{Descriptor, by_cloud};

use super::methods;

fn shown() -> Vec<(&'static str, Vec<&'static Descriptor>)> {
    let methods: Vec<_> = methods().all().iter().map(|method| method.descriptor()).collect();
    by_cloud(&methods)
}

#[test]
fn of_each_cloud_the_recommended_method_comes_first_and_is_the_only_one() {
    let first: Vec<_> = shown().iter().map(|(cloud, methods)| (*cloud, methods[0].id)).collect();
    let expected = [
        ("Amazon Web Services", "aws-cross-account"),
        ("Google Cloud", "gcp-cross-project"),
        ("Azure", "azure-federated"),
        ("S3-compatible stores", "s3-compatible"),
        ("This machine", "local-directory"),
    ];
    assert_eq!(first, expected);
    for (cloud, methods) in shown() {
        let recommended: Vec<_> = methods.iter().filter(|method| method.advice.recommended).map(|one| one.id).collect();
        assert!(recommended.len() <= 1, "{cloud}: {recommended:?}");
        assert!(recommended.is_empty() || recommended == [methods[0].id], "{cloud}: {recommended:?}");
    }
}

#[test]
fn what_is_recommended_of_a_cloud_stores_no_key_where_there_is_a_way_without() {
    for (cloud, methods) in shown() {
        let first = methods[0];
        if first.advice.recommended && methods.iter().any(|method| !method.capabilities.stored_key) {
            assert!(!first.capabilities.stored_key, "{cloud}: {}", first.id);
        }
    }
}

#[test]
fn every_method_says_when_to_choose_it_in_a_sentence() {
    for method in methods().all() {
        let when = method.descriptor().advice.when;
        assert!(when.starts_with("Choose it") && when.ends_with('.'), "{}: {when}", method.descriptor().id);
    }
}
