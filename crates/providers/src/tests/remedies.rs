//! What mends a check must be about this bucket, this role and nothing wider.

use std::sync::Arc;

use domain::datasource::Purpose;
use domain::proof::{CheckName, Remedy};
use domain::provider::{Connection, RemedyAsk};

use super::{ask, methods};

const ROLE: (&str, &str) = ("role_arn", "arn:aws-us-gov:iam::123456789012:role/tidegate");

fn need() -> RemedyAsk {
    RemedyAsk {
        bucket: Some("data".parse().unwrap()),
        prefix: "team-a".parse().unwrap(),
        purpose: Purpose::Input,
        sse: None,
        cors_origin: Some("https://app.example.com".to_owned()),
        region: Some("us-gov-east-1".to_owned()),
    }
}

fn connect() -> Arc<dyn Connection> {
    let settings = [ROLE, ("access_key_id", "AKIAIOSFODNN7EXAMPLE"), ("external_id", "ext-1")];
    let secrets: [(&str, &[u8]); 1] = [("secret_access_key", b"hunter2")];
    methods().get("aws-sts").unwrap().connect(ask(&settings, &secrets)).unwrap()
}

fn remedy(check: CheckName) -> Remedy {
    connect().remedy(check, &need()).unwrap_or_else(|| panic!("{check} has no remedy"))
}

#[test]
fn a_missing_right_is_mended_by_one_statement_in_the_partition_of_the_role() {
    for (check, action) in [
        (CheckName::List, "s3:ListBucket"),
        (CheckName::Read, "s3:GetObject"),
        (CheckName::WriteProbe, "s3:PutObject"),
        (CheckName::DeleteProbe, "s3:DeleteObject"),
    ] {
        let remedy = remedy(check);
        let policy = remedy.policy.unwrap().to_string();
        assert!(policy.contains(action) && policy.contains("arn:aws-us-gov:s3:::data"), "{policy}");
        assert!(remedy.summary.contains("tidegate") && remedy.summary.contains("data/team-a/"), "{}", remedy.summary);
    }
}

#[test]
fn an_excess_is_mended_by_what_the_purpose_needs() {
    let policy = remedy(CheckName::ExcessWrite).policy.unwrap().to_string();
    assert!(policy.contains("s3:GetObject") && !policy.contains("s3:PutObject"), "{policy}");
    let base = remedy(CheckName::BaseIdentityBare).policy.unwrap().to_string();
    assert!(base.contains("sts:AssumeRole") && !base.contains("s3:"), "{base}");
}

#[test]
fn trust_names_the_external_id_and_the_principal_where_it_is_known() {
    assert!(remedy(CheckName::RefusesMissingExternalId).summary.contains("ext-1"));
    let own = methods().get("aws-cross-account").unwrap();
    let own = own.connect(ask(&[("role_arn", "arn:aws:iam::123456789012:role/tidegate")], &[])).unwrap();
    let remedy = own.remedy(CheckName::RefusesWrongExternalId, &need()).unwrap();
    let policy = remedy.policy.unwrap().to_string();
    assert!(policy.contains("arn:aws:iam::999999999999:role/tidegate"), "{policy}");
    assert!(policy.contains("tidegate-00112233445566778899aabbccddeeff"));
    assert!(remedy.command.unwrap().starts_with("aws iam update-assume-role-policy --role-name tidegate "));
}

#[test]
fn region_and_cors_are_said_and_no_remedy_holds_a_secret() {
    assert!(remedy(CheckName::Region).summary.contains("us-gov-east-1"));
    assert!(remedy(CheckName::Cors).policy.unwrap().to_string().contains("https://app.example.com"));
    for check in CheckName::ALL {
        assert!(!format!("{:?}", connect().remedy(*check, &need())).contains("hunter2"), "{check}");
    }
}
