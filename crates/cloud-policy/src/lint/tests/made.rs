//! What Tidegate itself makes has neither errors nor warnings.

use domain::datasource::{Encryption, Purpose};
use domain::provider::SetupPlace;
use domain::scope::{Access, Scope};
use serde_json::Value;

use super::*;
use crate::{
    Networks, azure, bucket_policy, dialect, gcp, kms_key_policy, permission_policy, session_policy, trust_policy,
};

fn clean(policy: &Value, kind: Kind) {
    let text = policy.to_string();
    assert_eq!(Kind::of(&crate::read::Json::parse(&text).unwrap().node), Some(kind), "{text}");
    let report = lint(&text, None);
    let bad: Vec<_> = report.findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(bad.is_empty(), "{text}: {bad:?}");
    assert_eq!(report.mended, None, "{text}");
}

fn scope(prefix: &str, access: Access) -> Scope {
    Scope { bucket: "data".parse().unwrap(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
}

#[test]
fn policies_of_aws_that_are_made_here_are_clean() {
    let key = "arn:aws:kms:eu-central-1:111122223333:key/abc";
    let place = |prefix: &str, purpose| SetupPlace {
        bucket: "data".parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        purpose,
        sse: Some(Encryption::Kms { kms_key_arn: key.to_owned() }),
        cors_origin: None,
    };
    let places = [place("in/a*b", Purpose::Input), place("out", Purpose::InputOutput)];
    clean(&permission_policy(&dialect::AWS, "aws", &places).unwrap(), Kind::AwsIdentity);
    clean(&permission_policy(&dialect::AWS, "aws", &[place("", Purpose::Output)]).unwrap(), Kind::AwsIdentity);
    for access in [Access::Read, Access::Write, Access::ReadWrite] {
        let text = session_policy(&dialect::AWS, "aws", &scope("in", access)).unwrap();
        clean(&serde_json::from_str(&text).unwrap(), Kind::AwsIdentity);
    }
    let role = "arn:aws:iam::111122223333:role/tidegate";
    clean(&trust_policy(role, Some("tidegate-1")), Kind::AwsTrust);
    clean(&kms_key_policy("aws", key, role).unwrap(), Kind::AwsBucket);
    let networks = Networks { cidrs: vec!["198.51.100.0/24".to_owned()], vpcs: vec!["vpc-1".to_owned()] };
    clean(&bucket_policy(&dialect::AWS, "aws", "data", &["in/"], &networks).unwrap().unwrap(), Kind::AwsBucket);
    assert!(finds(&trust_policy(role, None).to_string(), None, Rule::MissingExternalId));
}

#[test]
fn what_is_made_for_other_clouds_is_clean() {
    let scopes = [scope("in/it's", Access::Read), scope("out", Access::ReadWrite)];
    clean(&gcp::access_boundary(&scopes).unwrap(), Kind::Gcp);
    let bindings: Vec<Value> = gcp::role_grants(&scopes)
        .unwrap()
        .iter()
        .map(|grant| {
            let members = ["serviceAccount:a@p.iam.gserviceaccount.com"];
            serde_json::json!({"role": grant.role, "members": members, "condition": grant.condition})
        })
        .collect();
    clean(&serde_json::json!({"version": 3, "bindings": bindings}), Kind::Gcp);
    let condition = azure::role_condition(&[scope("in", Access::Read), scope("out", Access::ReadWrite)]).unwrap();
    for role in [azure::DATA_READER, azure::DATA_CONTRIBUTOR] {
        let assignment = serde_json::json!({
            "roleDefinitionName": role,
            "scope": "/subscriptions/0/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
            "condition": condition,
            "conditionVersion": "2.0",
        });
        clean(&assignment, Kind::Azure);
    }
}
