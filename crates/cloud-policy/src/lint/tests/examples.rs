//! Policies as vendors' documentation shows them to their customers, and what is wrong with each.

use super::*;

const EXAMPLES: [(&str, Kind, &str, &[&str]); 9] = [
    (
        "a role for a bucket",
        Kind::AwsIdentity,
        include_str!("examples/role.json"),
        &["error placeholder", "note whole-bucket", "note mixed-levels"],
    ),
    (
        "a user for a folder",
        Kind::AwsIdentity,
        include_str!("examples/user.json"),
        &["warning all-actions", "warning bucket-action-on-object-arn", "warning whole-bucket-listing"],
    ),
    (
        "objects from some addresses only",
        Kind::AwsIdentity,
        include_str!("examples/addresses.json"),
        &[
            "error all-actions",
            "warning bucket-action-on-object-arn",
            "warning whole-bucket-listing",
            "warning allow-does-not-restrict",
        ],
    ),
    (
        "objects from one VPC only",
        Kind::AwsIdentity,
        include_str!("examples/vpc.json"),
        &[
            "error all-actions",
            "warning bucket-action-on-object-arn",
            "warning whole-bucket-listing",
            "warning allow-does-not-restrict",
        ],
    ),
    (
        "input and output of a job",
        Kind::AwsIdentity,
        include_str!("examples/job.json"),
        &["error placeholder", "note mixed-levels", "warning whole-bucket-listing"],
    ),
    (
        "the trust of a role",
        Kind::AwsTrust,
        include_str!("examples/trust.json"),
        &["error placeholder", "warning missing-external-id"],
    ),
    (
        "a condition on a container",
        Kind::Azure,
        include_str!("examples/container.txt"),
        &["error placeholder", "warning prefix-without-slash", "warning condition-form", "note attribute-source-case"],
    ),
    (
        "roles with conditions on names",
        Kind::Gcp,
        include_str!("examples/bindings.json"),
        &["warning prefix-without-slash", "warning list-prefix-missing", "note cannot-overwrite"],
    ),
    (
        "paths of a bucket",
        Kind::AwsIdentity,
        include_str!("examples/paths.json"),
        &["error placeholder", "warning whole-bucket-listing"],
    ),
];

#[test]
fn the_faults_of_every_example_are_found_with_and_without_its_kind() {
    for (name, kind, text, expected) in EXAMPLES {
        for kind in [None, Some(kind)] {
            let found: Vec<String> =
                found(text, kind).iter().map(|(severity, rule)| format!("{} {rule}", severity.as_str())).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn the_mended_examples_have_none_of_what_was_mended() {
    let mended = [
        "all-actions",
        "bucket-action-on-object-arn",
        "whole-bucket-listing",
        "allow-does-not-restrict",
        "prefix-without-slash",
        "attribute-source-case",
    ];
    for (name, kind, text, expected) in EXAMPLES {
        let Some(policy) = lint(text, None).mended else {
            assert!(!expected.iter().any(|id| mended.iter().any(|mended| id.ends_with(mended))), "{name}");
            continue;
        };
        let text = policy.to_string();
        for (_, id) in found(&text, Some(kind)) {
            // The Deny that was added does what the condition of the Allow could not.
            assert!(!mended.contains(&id.as_str()) || id == "allow-does-not-restrict", "{name}: {id} in {text}");
        }
    }
}

#[test]
fn golden_mended_text_of_the_user_for_a_folder() {
    let mended = lint(include_str!("examples/user.json"), None).mended.unwrap();
    let expected = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "AllowListing", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::datalake"],
         "Condition": {"StringLike": {"s3:prefix": ["projects/farm-animals/*"]}}},
        {"Sid": "AllowAccess", "Effect": "Allow",
         "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
         "Resource": ["arn:aws:s3:::datalake/projects/farm-animals/*"]},
    ]});
    assert_eq!(serde_json::json!(mended), expected);
    let text = mended.to_string();
    assert!(text.find("\"Sid\"").unwrap() < text.find("\"Effect\"").unwrap(), "the members keep their order: {text}");
}

#[test]
fn golden_mended_text_of_the_addresses() {
    let mended = lint(include_str!("examples/addresses.json"), None).mended.unwrap();
    let objects = "arn:aws:s3:::datalake/projects/farm-animals/*";
    let verbs =
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
    let (prefix, here) = (["projects/farm-animals/*"], ["21.21.21.0/24"]);
    assert_eq!(
        serde_json::json!(mended)["Statement"],
        serde_json::json!([
            {"Sid": "RestrictIPList", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::datalake"],
             "Condition": {"IpAddress": {"aws:SourceIp": here}, "StringLike": {"s3:prefix": prefix}}},
            {"Sid": "RestrictIPObjects", "Effect": "Allow", "Action": verbs, "Resource": [objects],
             "Condition": {"IpAddress": {"aws:SourceIp": here}}},
            {"Sid": "RestrictIPDeny", "Effect": "Deny", "Action": verbs, "Resource": [objects],
             "Condition": {"NotIpAddress": {"aws:SourceIp": here}}},
            {"Sid": "AllowService", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::datalake"],
             "Condition": {"StringLike": {"s3:prefix": prefix}}},
        ])
    );
}

#[test]
fn golden_mended_text_of_the_conditions_of_other_clouds() {
    let mended = lint(include_str!("examples/container.txt"), None).mended.unwrap().to_string();
    assert!(mended.contains("@Resource[") && !mended.contains("@resource["), "{mended}");
    assert!(mended.contains("StringStartsWith 'path/to/output/data/'"), "{mended}");
    let mended = serde_json::json!(lint(include_str!("examples/bindings.json"), None).mended.unwrap());
    assert_eq!(
        mended["bindings"][1]["condition"]["expression"],
        "resource.name == 'projects/_/buckets/artifacts-bucket' || \
         resource.name.startsWith('projects/_/buckets/artifacts-bucket/')"
    );
}
