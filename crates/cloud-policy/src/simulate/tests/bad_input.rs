//! What is no policy, or none that belongs there.

use std::fmt::Write as _;

use super::*;
use crate::read::{FaultKind, MAX_BYTES};

fn fault(attached: Attached, text: &str) -> Fault {
    Policies::new().add(attached, "p.json", text).unwrap_err()
}

#[test]
fn a_policy_that_does_not_belong_there_is_refused_with_its_place() {
    let (identity, trust) = (allow_get(), one("Allow", r#""Principal": "*", "Action": "sts:AssumeRole""#));
    let bucket = bucket("Allow", "\"*\"");
    for (attached, text, at) in [
        (Attached::Identity, &bucket, "/Statement/0/Principal"),
        (Attached::Session, &bucket, "/Statement/0/Principal"),
        (Attached::Bucket, &identity, "/Statement/0"),
        (Attached::Trust, &identity, "/Statement/0"),
        (Attached::Trust, &bucket, "/Statement/0/Resource"),
        (Attached::Bucket, &trust, "/Statement/0"),
        (Attached::Identity, &one("Allow", r#""Action": "s3:*""#), "/Statement/0"),
    ] {
        assert_eq!(fault(attached, text).pointer, at, "{attached:?} {text}");
    }
}

#[test]
fn a_principal_with_a_wildcard_is_refused() {
    for who in ["arn:aws:iam::111122223333:user/*", "arn:aws:sts::111122223333:assumed-role/r/*", "1111*"] {
        for effect in ["Allow", "Deny"] {
            let found = fault(Attached::Bucket, &bucket(effect, &aws(who)));
            assert_eq!(found.pointer, "/Statement/0/Principal/AWS");
            assert!(found.message.contains("aws:PrincipalArn"), "{found}");
        }
    }
    assert!(
        Policies::new()
            .add(Attached::Trust, "t", &one("Allow", r#""Principal": {"Federated": "*"}, "Action": "*""#))
            .is_err()
    );
}

#[test]
fn what_is_not_wholly_understood_is_refused() {
    for (rest, at) in [
        (
            r#""Action": "*", "Resource": "*", "Conditions": {"Bool": {"aws:SecureTransport": "true"}}"#,
            "/Statement/0/Conditions",
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"Bools": {"aws:SecureTransport": "true"}}"#,
            "/Statement/0/Condition/Bools",
        ),
        (r#""Action": "s3:Get*", "Resource": "*", "Action": "*""#, "/Statement/0/Action"),
        (r#""Action": "*", "Resource": {"a": "b"}"#, "/Statement/0/Resource"),
        (r#""Action": "*", "Resource": ["*", "arn:aws:s3:::data/${aws:username/*"]"#, "/Statement/0/Resource/1"),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringNotLike": {"k": "${a, default}"}}"#,
            "/Statement/0/Condition/StringNotLike/k",
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:username": []}}"#,
            "/Statement/0/Condition/StringNotEquals/aws:username",
        ),
    ] {
        assert_eq!(fault(Attached::Identity, &one("Allow", rest)).pointer, at, "{rest}");
    }
    for text in ["", "no policy", "[]", "{}", r#"{"Statement": []}"#, &"[".repeat(100_000), &" ".repeat(MAX_BYTES + 1)]
    {
        fault(Attached::Identity, text);
    }
}

#[test]
fn a_policy_of_a_megabyte_is_read_and_decides() {
    let mut text = r#"{"Version": "2012-10-17", "Statement": ["#.to_owned();
    let mut index = 0;
    while text.len() < MAX_BYTES - 400 {
        let _ = write!(
            text,
            r#"{{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/{index}/*", "Condition": {{"StringLike": {{"k": "*a*b*"}}}}}},"#
        );
        index += 1;
    }
    text.push_str(
        r#"{"Sid": "last", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"}]}"#,
    );
    let policies = policies(&[("identity", &text)]);
    let decision = policies.decide(&get(ANN));
    assert_eq!((decision.decision, decision.statements[0].sid), (Outcome::Allow, Some("last")));
    assert_eq!(fault(Attached::Identity, &format!("{text}{}", " ".repeat(400))).kind, FaultKind::TooLarge);
}

#[test]
fn a_list_of_no_principals_is_refused_and_is_not_everybody() {
    for key in ["Principal", "NotPrincipal"] {
        let nobody = bucket("Allow", r#"{"AWS": []}"#).replace("Principal", key);
        assert_eq!(fault(Attached::Bucket, &nobody).pointer, format!("/Statement/0/{key}/AWS"));
    }
}

#[test]
fn wildcards_that_are_made_to_take_long_are_compared_in_time() {
    let pattern = |times: usize| format!("*{}b*", "a?".repeat(times));
    let many: Vec<String> = (0..400).map(|times| format!("\"{}\"", pattern(1_000 + times))).collect();
    let rest =
        format!(r#""Action": "*", "Resource": "*", "Condition": {{"StringLike": {{"k": [{}]}}}}"#, many.join(","));
    let policies = policies(&[("identity", &one("Allow", &rest))]);
    let long = "a".repeat(MAX_TEXT);
    let begun = std::time::Instant::now();
    assert_eq!(policies.decide(&ask(ANN, "s3:GetObject", KEY, &[("k", &long)])).decision, Outcome::ImplicitDeny);
    assert!(begun.elapsed().as_secs() < 20, "each character is compared with each other one: {:?}", begun.elapsed());
    let fits = ask(ANN, "s3:GetObject", KEY, &[("k", &long.replace("aaaa", "aaab"))]);
    assert_eq!(policies.decide(&fits).decision, Outcome::ImplicitDeny);
    let fits = ask(ANN, "s3:GetObject", KEY, &[("k", &format!("x{}b", "ab".repeat(1_399)))]);
    assert_eq!(policies.decide(&fits).decision, Outcome::Allow);
}

#[test]
fn a_request_of_many_long_texts_is_refused() {
    let mut context = Context::new();
    for _ in 0..17 {
        context.add("k", "x".repeat(MAX_TEXT));
    }
    assert_eq!(Request::new(ANN, "s3:GetObject", KEY, context), Err(RequestError::TooLarge));
    let keys: Vec<_> = (0..17).map(|n| (format!("x/{n}"), "x".repeat(MAX_TEXT))).collect();
    let google = google::Request::new("user:a@example.org", "storage.objects.get", "projects/_/buckets/b", &keys);
    assert_eq!(google.unwrap_err(), RequestError::TooLarge);
}
