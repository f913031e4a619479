//! What is mended, and what is left alone.

use serde_json::{Value, json};

use super::*;

fn mended(policy: &Value) -> Option<Value> {
    lint(&policy.to_string(), None).mended.map(|mended| json!(mended))
}

fn of(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[test]
fn listing_on_objects_moves_to_the_bucket_with_their_prefix() {
    let policy = of(
        json!({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws-cn:s3:::data/in/*"]}),
    );
    assert_eq!(
        mended(&policy).unwrap()["Statement"],
        json!([
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws-cn:s3:::data"],
             "Condition": {"StringLike": {"s3:prefix": ["in/*"]}}},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws-cn:s3:::data/in/*"]},
        ])
    );
}

#[test]
fn a_finding_says_where_the_mended_text_allows_what_was_refused_by_mistake() {
    let says = |policy: &Value| {
        let report = lint(&policy.to_string(), None);
        report.findings.iter().any(|finding| finding.message.contains("the mended text allows"))
    };
    let statement =
        |effect: &str, action: &str| json!({"Effect": effect, "Action": action, "Resource": "arn:aws:s3:::data/in/*"});
    assert!(says(&of(statement("Allow", "s3:ListBucket"))) && says(&of(statement("Allow", "s3:HeadObject"))));
    assert!(!says(&of(statement("Allow", "s3:*"))), "what is only taken away is no repair");
    let both =
        json!({"Version": "2012-10-17", "Statement": [statement("Deny", "s3:HeadObject"), statement("Allow", "s3:*")]});
    assert!(!says(&both), "a Deny is not mended");
}

#[test]
fn calls_of_the_api_become_actions_and_each_stands_once() {
    let policy = of(
        json!({"Effect": "Allow", "Action": ["s3:HeadObject", "s3:GetObject", "s3:CopyObject"], "Resource": "arn:aws:s3:::data/in/*"}),
    );
    assert_eq!(mended(&policy).unwrap()["Statement"][0]["Action"], json!(["s3:GetObject", "s3:PutObject"]));
}

#[test]
fn a_version_is_written_first_and_not_where_it_would_take_from_a_deny() {
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"});
    let text = lint(&json!({"Statement": [statement]}).to_string(), None).mended.unwrap().to_string();
    assert!(text.trim_start_matches('{').trim_start().starts_with("\"Version\": \"2012-10-17\""), "{text}");
    let deny = json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/${aws:username}/*"});
    assert_eq!(mended(&json!({"Version": "2008-10-17", "Statement": [deny]})), None);
}

#[test]
fn a_reversed_allow_becomes_a_deny() {
    let policy = of(json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}));
    let statement = &mended(&policy).unwrap()["Statement"][0];
    assert_eq!(
        (&statement["Effect"], &statement["Action"]),
        (&json!("Deny"), &json!(["s3:*"])),
        "a Deny is not narrowed"
    );
}

#[test]
fn operators_are_made_strict() {
    let trust = |operator: &str| {
        of(json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole",
            "Condition": {operator: {"sts:ExternalId": "tidegate-1"}}}))
    };
    assert_eq!(mended(&trust("StringEquals")), None);
    let strict = mended(&trust("StringEqualsIfExists")).unwrap();
    assert_eq!(strict["Statement"][0]["Condition"], json!({"StringEquals": {"sts:ExternalId": ["tidegate-1"]}}));
    let deny = of(
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
    );
    assert_eq!(
        mended(&deny).unwrap()["Statement"][0]["Condition"],
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": ["false"]}})
    );
}

#[test]
fn what_cannot_be_known_is_left() {
    for statement in [
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "s3:Frobnicate", "Resource": "arn:aws:s3:::data/in/*"}),
        json!({"Effect": "Deny", "Action": ["s3:ListBucket", "s3:HeadObject"], "Resource": "arn:aws:s3:::data/in/*"}),
    ] {
        assert_eq!(mended(&of(statement.clone())), None, "{statement}");
    }
}

#[test]
fn names_of_new_statements_differ_from_all_others() {
    let both = ["arn:aws:s3:::data", "arn:aws:s3:::data/in/*"];
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": both},
        {"Sid": "AList", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"},
    ]});
    let mended = mended(&policy).unwrap();
    let sids: Vec<&str> = mended["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].as_str().unwrap()).collect();
    assert_eq!(sids, ["AList2", "AObjects", "AList"]);
}

#[test]
fn a_single_statement_that_is_no_list_stays_one() {
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::data/in/*"}});
    assert_eq!(
        mended(&policy).unwrap()["Statement"]["Action"],
        json!(["s3:PutObject", "s3:ListMultipartUploadParts"][..1])
    );
}

#[test]
fn conditions_that_must_both_hold_do_not_become_one() {
    let both = json!({"StringLike": {"s3:prefix": ["in/secret/*"]}, "StringLikeIfExists": {"s3:prefix": ["in/*"]}});
    let policy = of(
        json!({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:HeadBucket"], "Resource": "arn:aws:s3:::data", "Condition": both}),
    );
    assert_eq!(mended(&policy).unwrap()["Statement"][0]["Condition"], both);
    let prefix = |key: &str| json!({"StringLike": {"s3:prefix": "in/a/*"}, "StringEquals": {key: "in/*"}});
    for key in ["s3:prefix", "S3:Prefix"] {
        let policy = of(
            json!({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:HeadBucket"], "Resource": "arn:aws:s3:::data", "Condition": prefix(key)}),
        );
        let found = &mended(&policy).unwrap()["Statement"][0]["Condition"];
        assert_eq!(found["StringLike"], json!({"s3:prefix": ["in/a/*"]}), "{found}");
    }
}
