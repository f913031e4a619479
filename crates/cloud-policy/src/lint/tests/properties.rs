//! What holds of any text, and of any policy that can be mended.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::*;
use crate::simulate::{Attached, Context, Outcome, Policies, Request};

fn json_value() -> impl Strategy<Value = Value> {
    let words = select(vec![
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Action",
        "NotAction",
        "s3:*",
        "s3:ListBucket",
        "*",
        "Resource",
        "arn:aws:s3:::a/b*",
        "arn:aws:s3",
        "Principal",
        "AWS",
        "Condition",
        "StringLike",
        "s3:prefix",
        "",
        "Version",
        "2012-10-17",
        "bindings",
        "role",
        "roles/storage.objectViewer",
        "condition",
        "expression",
        "resource.name.startsWith('projects/_/buckets/a')",
        "members",
        "accessBoundaryRules",
        "availablePermissions",
        "roleDefinitionName",
        "Owner",
        "scope",
        "/subscriptions/0",
        "properties",
        "permissions",
        "actions",
        "dataActions",
        "conditionVersion",
        "@Resource[a] StringEquals 'b'",
        "${x}",
        "<x>",
    ]);
    let leaf = prop_oneof![
        words.clone().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..6)
                .prop_map(|all| Value::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

fn actions() -> impl Strategy<Value = Vec<&'static str>> {
    let all = vec![
        "s3:*",
        "s3:Get*",
        "s3:Put*",
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:GetBucketLocation",
        "s3:HeadObject",
        "s3:ListObjects",
        "s3:PutObjct",
        "s3:PutBucketPolicy",
        "kms:Decrypt",
        "*",
    ];
    subsequence(all, 1..4)
}

fn resources() -> impl Strategy<Value = Vec<&'static str>> {
    let all = vec![
        "arn:aws:s3:::a",
        "arn:aws:s3:::a/in/*",
        "arn:aws:s3:::a/in*",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/x/*",
        "arn:aws:s3:::*",
        "*",
        "arn:aws:s3:::a/${aws:username}/*",
    ];
    subsequence(all, 1..4)
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    select(vec![
        None,
        None,
        Some(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})),
        Some(json!({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})),
        Some(json!({"Bool": {"aws:SecureTransport": "false"}})),
        Some(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
        Some(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
        Some(json!({"StringEquals": {"s3:prefix": ["in/*"]}})),
        Some(json!({"StringLike": {"s3:prefix": ["in/*"]}})),
        Some(json!({"StringLikeIfExists": {"s3:prefix": ["in/*"]}})),
        Some(json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}})),
    ])
}

fn policy() -> impl Strategy<Value = Value> {
    let statement = (select(vec!["Allow", "Allow", "Allow", "Deny"]), actions(), resources(), condition()).prop_map(
        |(effect, actions, resources, condition)| {
            let mut statement = json!({"Effect": effect, "Action": actions, "Resource": resources});
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    );
    (
        select(vec![None, Some("2012-10-17"), Some("2012-10-17"), Some("2008-10-17")]),
        prop::collection::vec(statement, 1..4),
    )
        .prop_map(|(version, statements)| {
            let mut policy = json!({"Statement": statements});
            if let Some(version) = version {
                policy["Version"] = json!(version);
            }
            policy
        })
}

fn requests() -> Vec<Request> {
    let mut all = Vec::new();
    for action in [
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:GetBucketLocation",
        "s3:PutBucketPolicy",
        "kms:Decrypt",
        "s3:AbortMultipartUpload",
    ] {
        for resource in [
            "arn:aws:s3:::a",
            "arn:aws:s3:::a/in/x",
            "arn:aws:s3:::a/inn",
            "arn:aws:s3:::a/other",
            "arn:aws:s3:::b",
            "arn:aws:s3:::b/x/y",
            "arn:aws:s3:::c/d",
            "arn:aws:s3:::a/ann/x",
        ] {
            for context in contexts() {
                all.push(Request::new("arn:aws:iam::111122223333:user/ann", action, resource, context).unwrap());
            }
        }
    }
    all
}

fn contexts() -> Vec<Context> {
    let of = |pairs: &[(&str, &str)]| {
        let mut context = Context::new();
        for (key, value) in pairs {
            context.add(key, *value);
        }
        context
    };
    vec![
        of(&[]),
        of(&[
            ("aws:SourceIp", "198.51.100.7"),
            ("aws:SecureTransport", "true"),
            ("s3:prefix", "in/a"),
            ("aws:username", "ann"),
        ]),
        of(&[
            ("aws:SourceIp", "203.0.113.7"),
            ("aws:SecureTransport", "false"),
            ("s3:prefix", "other/"),
            ("aws:username", "ann"),
        ]),
        of(&[("aws:SourceVpc", "vpc-1"), ("aws:MultiFactorAuthPresent", "true"), ("s3:prefix", "")]),
        of(&[("aws:MultiFactorAuthPresent", "false"), ("s3:prefix", "in/*"), ("aws:username", "other")]),
    ]
}

fn policies(text: &str) -> Policies {
    let mut policies = Policies::new();
    policies.add(Attached::Identity, "policy", text).unwrap();
    policies
}

proptest! {
    #[test]
    fn any_text_is_examined(text in ".{0,200}", kind in select(vec![None, Some(Kind::AwsTrust), Some(Kind::Gcp), Some(Kind::Azure)])) {
        let _ = lint(&text, kind);
    }

    #[test]
    fn any_json_is_examined_as_any_kind(value in json_value()) {
        let text = value.to_string();
        for kind in [None].into_iter().chain(Kind::ALL.map(Some)) {
            let report = lint(&text, kind);
            if let Some(mended) = report.mended {
                let again = mended.to_string();
                prop_assert!(!finds(&again, kind, Rule::NotJson), "{}", again);
            }
        }
    }

    #[test]
    fn a_mended_policy_allows_nothing_new_unless_a_plain_mistake_was_repaired(policy in policy()) {
        let text = policy.to_string();
        let report = lint(&text, Some(Kind::AwsIdentity));
        if let Some(mended) = &report.mended {
            let after = mended.to_string();
            let (before, now) = (policies(&text), policies(&after));
            let repaired = report.findings.iter().any(|finding| finding.id.repairs());
            for request in requests() {
                let (was, is) = (before.decide(&request).decision, now.decide(&request).decision);
                let new = is == Outcome::Allow && was != Outcome::Allow;
                prop_assert!(!new || repaired, "{:?} is new in\n{}\nof\n{}", request, after, text);
                // A Deny stays a Deny, whatever else is repaired.
                prop_assert!(was != Outcome::Deny || is != Outcome::Allow, "{:?} was denied\n{}\nof\n{}", request, after, text);
            }
            let again = lint(&after, Some(Kind::AwsIdentity));
            prop_assert_eq!(again.mended, None, "mended once is mended: {}", after);
        }
    }
}
