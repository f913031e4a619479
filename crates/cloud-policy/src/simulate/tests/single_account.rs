//! Identity and bucket policies of one account.

use Outcome::{Allow, Deny, ImplicitDeny};

use super::*;

#[test]
fn nothing_is_allowed_by_itself() {
    let decision = Policies::new();
    let decision = decision.decide(&get(ANN));
    assert_eq!((decision.decision, decision.statements.len()), (ImplicitDeny, 0));
    assert_eq!(decision.reason, "No statement allows it.");
}

#[test]
fn an_allow_names_its_statement_and_a_deny_wins_over_it() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data"},
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::data/*"},
        {"Sid": "Secret", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::data/secret/*"}]}"#;
    let policies = policies(&[("identity-a.json", text)]);
    let allowed = policies.decide(&get(ANN));
    assert_eq!((allowed.decision, files(&allowed)), (Allow, vec!["identity-a.json:1".to_owned()]));
    assert_eq!(allowed.reason, "Statement 1 (Read) of identity-a.json allows it.");
    let json = serde_json::to_value(&allowed).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"decision": "allow", "reason": "Statement 1 (Read) of identity-a.json allows it.",
            "statements": [{"file": "identity-a.json", "index": 1, "sid": "Read", "effect": "Allow"}]})
    );
    let secret = ask(ANN, "s3:GetObject", "arn:aws:s3:::data/secret/x", &[]);
    let denied = policies.decide(&secret);
    assert_eq!((denied.decision, files(&denied)), (Deny, vec!["identity-a.json:2".to_owned()]));
    assert_eq!(denied.reason, "Statement 2 (Secret) of identity-a.json denies it, and a Deny wins over every Allow.");
}

#[test]
fn actions_ignore_case_and_resources_do_not() {
    let text = one("Allow", r#""Action": "S3:getOBJECT", "Resource": "arn:aws:s3:::data/In/*""#);
    assert_eq!(outcome(&[("identity", &text)], &ask(ANN, "s3:GetObject", "arn:aws:s3:::data/In/a", &[])), Allow);
    assert_eq!(outcome(&[("identity", &text)], &ask(ANN, "s3:GetObject", "arn:aws:s3:::data/in/a", &[])), ImplicitDeny);
}

#[test]
fn not_action_and_not_resource_are_all_but_those() {
    let text = one("Allow", r#""NotAction": ["s3:Delete*", "iam:*"], "NotResource": ["arn:aws:s3:::data/secret/*"]"#);
    for (action, resource, expected) in [
        ("s3:GetObject", KEY, Allow),
        ("ec2:RunInstances", "*", Allow),
        ("s3:DeleteObject", KEY, ImplicitDeny),
        ("IAM:CreateUser", KEY, ImplicitDeny),
        ("s3:GetObject", "arn:aws:s3:::data/secret/x", ImplicitDeny),
    ] {
        assert_eq!(outcome(&[("identity", &text)], &ask(ANN, action, resource, &[])), expected, "{action} {resource}");
    }
}

#[test]
fn variables_fill_in_resources_and_one_without_a_value_matches_none() {
    let home = one("Allow", r#""Action": "s3:*", "Resource": "arn:aws:s3:::data/${aws:username}/*""#);
    let named = |name: &str| ask(ANN, "s3:GetObject", "arn:aws:s3:::data/ann/x", &[("aws:username", name)]);
    assert_eq!(outcome(&[("identity", &home)], &named("ann")), Allow);
    assert_eq!(outcome(&[("identity", &home)], &named("*")), ImplicitDeny, "a value is literal");
    let nameless = ask(ANN, "s3:GetObject", "arn:aws:s3:::data/ann/x", &[]);
    assert_eq!(outcome(&[("identity", &home)], &nameless), ImplicitDeny, "nothing but aws:PrincipalArn is derived");
    let not_home = one("Deny", r#""Action": "s3:*", "NotResource": "arn:aws:s3:::data/${aws:username}/*""#);
    assert_eq!(outcome(&[("identity", &not_home)], &nameless), Deny);
    let old = home.replace("2012", "2008");
    assert!(old.contains("2008-10-17"));
    assert_eq!(outcome(&[("identity", &old)], &named("ann")), ImplicitDeny, "an older version has no variables");
    let own = one(
        "Allow",
        r#""Action": "s3:*", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}"#,
    );
    assert_eq!(outcome(&[("identity", &own)], &get(SESSION)), Allow);
}

#[test]
fn a_condition_that_fails_is_named_in_the_reason() {
    let text = one(
        "Allow",
        r#""Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:SecureTransport": true}}"#,
    );
    let policies = policies(&[("identity", &text)]);
    let from =
        |address: &str| ask(ANN, "s3:GetObject", KEY, &[("aws:SourceIp", address), ("aws:SecureTransport", "true")]);
    assert_eq!(policies.decide(&from("10.1.2.3")).decision, Allow);
    let reason = policies.decide(&from("192.0.2.1")).reason;
    assert_eq!(
        reason,
        "No statement allows it; statement 0 of identity would, but its condition IpAddress does not hold for aws:SourceIp."
    );
    let reason = policies.decide(&ask(ANN, "s3:GetObject", KEY, &[("aws:SourceIp", "10.1.2.3")])).reason;
    assert!(
        reason.ends_with("its condition Bool does not hold for aws:SecureTransport, which the request does not have."),
        "{reason}"
    );
}

#[test]
fn either_policy_is_enough_and_both_are_named() {
    let (identity, to_ann) = (allow_get(), bucket("Allow", &aws(ANN)));
    assert_eq!(outcome(&[("bucket", &to_ann)], &get(ANN)), Allow);
    let both = policies(&[("identity", &identity), ("bucket", &to_ann)]);
    assert_eq!(files(&both.decide(&get(ANN))), ["identity:0", "bucket:0"]);
    assert_eq!(outcome(&[("bucket", &to_ann)], &get("arn:aws:iam::111122223333:user/bob")), ImplicitDeny);
    assert_eq!(outcome(&[("identity", &identity), ("bucket", &bucket("Deny", "\"*\""))], &get(ANN)), Deny);
}

#[test]
fn an_account_as_principal_leaves_it_to_the_account() {
    for account in ["arn:aws:iam::111122223333:root", "111122223333"] {
        let text = bucket("Allow", &aws(account));
        let decision = policies(&[("bucket", &text)]).decide(&get(ANN)).reason;
        assert!(decision.contains("leaves it to the principal's account"), "{decision}");
        assert_eq!(outcome(&[("bucket", &text), ("identity", &allow_get())], &get(ANN)), Allow);
        assert_eq!(outcome(&[("bucket", &bucket("Deny", &aws(account))), ("identity", &allow_get())], &get(ANN)), Deny);
        let other = "arn:aws:iam::444455556666:user/ann";
        assert_eq!(
            outcome(&[("bucket", &bucket("Deny", &aws(account))), ("identity", &allow_get())], &get(other)),
            Allow
        );
    }
}

#[test]
fn everyone_is_everyone_and_nobody_signed_only_everyone() {
    for everyone in ["\"*\"", r#"{"AWS": "*"}"#, r#"{"AWS": ["111122223333", "*"]}"#] {
        for who in [ANN, SESSION, "*", "s3.amazonaws.com"] {
            assert_eq!(outcome(&[("bucket", &bucket("Allow", everyone))], &get(who)), Allow, "{everyone} {who}");
        }
    }
    assert_eq!(
        outcome(&[("bucket", &bucket("Allow", &aws(ANN))), ("identity", &allow_get())], &get("*")),
        ImplicitDeny
    );
    let service = bucket("Allow", r#"{"Service": "logging.s3.amazonaws.com", "CanonicalUser": "79a59df9"}"#);
    assert_eq!(outcome(&[("bucket", &service)], &get("logging.s3.amazonaws.com")), Allow);
    assert_eq!(outcome(&[("bucket", &service)], &get("s3.amazonaws.com")), ImplicitDeny);
}

#[test]
fn not_principal_spares_whom_it_lists() {
    let deny = |who: &str| bucket("Deny", &aws(who)).replace("\"Principal\"", "\"NotPrincipal\"");
    let all = |each: &[&str]| {
        deny(&each.join("\", \"")).replace("\"AWS\": ", "\"AWS\": [").replace("\"}, \"Action", "\"]}, \"Action")
    };
    let identity = allow_get();
    let decided = |policy: &str, who: &str| outcome(&[("identity", &identity), ("bucket", policy)], &get(who));
    for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
        assert_eq!((decided(&all(&[ANN, account]), ANN), decided(&all(&[ANN, account]), SESSION)), (Allow, Deny));
        assert_eq!(decided(&all(&[SESSION, ROLE, account]), SESSION), Allow);
        for some in [&[SESSION, ROLE][..], &[SESSION, account], &[ROLE, account], &[SESSION], &[account]] {
            assert_eq!(decided(&all(some), SESSION), Deny, "AWS may look at any of the three first: {some:?}");
        }
    }
    assert_eq!(decided(&deny(ANN), ANN), Deny, "the account is not spared, and AWS may look at it first");
    assert_eq!(decided(&all(&[ANN, "444455556666"]), ANN), Deny);
    assert_eq!(decided(&deny("111122223333"), ANN), Deny, "the account spares its root user only");
    assert_eq!(decided(&deny("111122223333"), "arn:aws:iam::111122223333:root"), Allow);
    assert_eq!(decided(&deny("*"), ANN), Allow);
    assert_eq!(outcome(&[("bucket", &deny(ANN))], &get("*")), Deny);
    let allow = |who: &str| deny(who).replace("Deny", "Allow");
    let given = |policy: &str, who: &str| outcome(&[("bucket", policy)], &get(who));
    assert_eq!((given(&allow(ANN), ANN), given(&allow(ANN), SESSION)), (ImplicitDeny, Allow));
    assert_eq!((given(&allow(ROLE), SESSION), given(&allow("111122223333"), ANN)), (ImplicitDeny, ImplicitDeny));
}

#[test]
fn the_root_user_needs_no_allow_in_its_account() {
    let root = "arn:aws:iam::111122223333:root";
    assert_eq!(outcome(&[], &get(root)), Allow);
    assert_eq!(outcome(&[("bucket", &bucket("Deny", "\"*\""))], &get(root)), Deny);
    assert_eq!(outcome(&[("identity", &one("Allow", r#""Action": "x:y", "Resource": "*""#))], &get(root)), Allow);
    assert_eq!(outcome(&[], &ask(root, "s3:GetObject", KEY, &[("aws:ResourceAccount", "444455556666")])), ImplicitDeny);
}

#[test]
fn accounts_without_a_number_are_accounts_too() {
    // Ceph's ARNs have none.
    let (ann, role) = ("arn:aws:iam:::user/ann", "arn:aws:iam:::role/reader");
    assert_eq!(outcome(&[("bucket", &bucket("Allow", &aws(ann)))], &get(ann)), Allow);
    assert_eq!(
        outcome(&[("bucket", &bucket("Allow", &aws(role)))], &get("arn:aws:sts:::assumed-role/reader/s")),
        Allow
    );
    assert_eq!(
        outcome(&[("bucket", &bucket("Allow", &aws(role)))], &get("arn:aws:sts:::assumed-role/reader2/s")),
        ImplicitDeny
    );
}
