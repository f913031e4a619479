//! Who may assume a role.

use Outcome::{Allow, Deny, ImplicitDeny};

use super::*;

const OWN: &str = "arn:aws:iam::111122223333:role/reader";
const THEIRS: &str = "arn:aws:iam::444455556666:role/reader";

fn trust(effect: &str, principal: &str) -> String {
    one(effect, &format!(r#""Principal": {principal}, "Action": "sts:AssumeRole""#))
}

fn assume(principal: &str, role: &str) -> Request {
    ask(principal, "sts:AssumeRole", role, &[])
}

fn may_assume() -> String {
    one("Allow", r#""Action": "sts:AssumeRole", "Resource": "*""#)
}

#[test]
fn a_role_is_assumed_only_by_whom_its_trust_policy_names() {
    let identity = may_assume();
    let decision = policies(&[("identity", &identity)]).decide(&assume(ANN, OWN)).reason;
    assert!(
        decision.contains("no trust policy was given") || decision.contains("No trust policy was given"),
        "{decision}"
    );
    assert_eq!(
        outcome(&[("trust", &trust("Allow", &aws(ANN)))], &assume(ANN, OWN)),
        Allow,
        "named itself, in its account"
    );
    let to_account = trust("Allow", &aws("111122223333"));
    assert_eq!(outcome(&[("trust", &to_account)], &assume(ANN, OWN)), ImplicitDeny);
    assert_eq!(outcome(&[("trust", &to_account), ("identity", &identity)], &assume(ANN, OWN)), Allow);
    let to_other = trust("Allow", &aws("arn:aws:iam::111122223333:user/bob"));
    assert_eq!(outcome(&[("trust", &to_other), ("identity", &identity)], &assume(ANN, OWN)), ImplicitDeny);
    let denied = [("trust-a", &*trust("Deny", "\"*\"")), ("trust-b", &to_account), ("identity", &identity)];
    assert_eq!(outcome(&denied, &assume(ANN, OWN)), Deny);
}

#[test]
fn a_role_of_another_account_needs_both_sides() {
    for who in [aws(ANN), aws("arn:aws:iam::111122223333:root")] {
        let policy = trust("Allow", &who);
        assert_eq!(outcome(&[("trust", &policy)], &assume(ANN, THEIRS)), ImplicitDeny);
        assert_eq!(outcome(&[("trust", &policy), ("identity", &may_assume())], &assume(ANN, THEIRS)), Allow);
    }
}

#[test]
fn an_external_id_is_a_condition_like_any_other() {
    let policy = one(
        "Allow",
        &format!(
            r#""Principal": {}, "Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"sts:ExternalId": "e-1"}}}}"#,
            aws(ANN)
        ),
    );
    let with = |id: &str| ask(ANN, "sts:AssumeRole", OWN, &[("sts:ExternalId", id)]);
    assert_eq!(outcome(&[("trust", &policy)], &with("e-1")), Allow);
    assert_eq!(outcome(&[("trust", &policy)], &with("e-2")), ImplicitDeny);
    assert_eq!(outcome(&[("trust", &policy)], &assume(ANN, OWN)), ImplicitDeny);
}

#[test]
fn an_identity_provider_has_no_policies_of_its_own() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/id.example.org";
    let policy = one(
        "Allow",
        &format!(
            r#""Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {{"StringEquals": {{"id.example.org:sub": "tenant-1"}}}}"#
        ),
    );
    let by =
        |who: &str, subject: &str| ask(who, "sts:AssumeRoleWithWebIdentity", OWN, &[("id.example.org:sub", subject)]);
    assert_eq!(outcome(&[("trust", &policy)], &by(provider, "tenant-1")), Allow);
    assert_eq!(outcome(&[("trust", &policy)], &by(provider, "tenant-2")), ImplicitDeny);
    assert_eq!(outcome(&[("trust", &policy)], &by("accounts.google.com", "tenant-1")), ImplicitDeny);
    assert_eq!(outcome(&[("trust", &policy), ("identity", &may_assume())], &by(ANN, "tenant-1")), ImplicitDeny);
}

#[test]
fn trust_and_bucket_policies_decide_each_about_their_own() {
    let everyone = trust("Allow", "\"*\"");
    assert_eq!(outcome(&[("trust", &everyone)], &get(ANN)), ImplicitDeny, "a trust policy opens no bucket");
    let open = bucket("Allow", "\"*\"").replace("s3:GetObject", "*").replace("arn:aws:s3:::data/*", "*");
    assert_eq!(outcome(&[("bucket", &open)], &assume(ANN, OWN)), ImplicitDeny, "a bucket policy opens no role");
}

#[test]
fn the_root_user_assumes_no_role_whoever_lets_him() {
    let root = "arn:aws:iam::111122223333:root";
    for (policy, role) in
        [(trust("Allow", &aws(root)), OWN), (trust("Allow", "\"*\""), OWN), (trust("Allow", &aws(root)), THEIRS)]
    {
        let policies = policies(&[("trust", &policy), ("identity", &may_assume())]);
        let decision = policies.decide(&assume(root, role));
        assert_eq!(decision.decision, ImplicitDeny, "{policy}");
        assert!(decision.reason.contains("root user"), "{}", decision.reason);
        assert_eq!(policies.decide(&assume(ANN, role)).decision, Allow, "a user of the account does");
    }
}

#[test]
fn a_trust_policy_that_names_whom_it_does_not_mean_is_refused() {
    let not = trust("Deny", &aws(ANN)).replace("Principal", "NotPrincipal");
    let fault = Policies::new().add(Attached::Trust, "t", &not).unwrap_err();
    assert_eq!(fault.pointer, "/Statement/0/NotPrincipal");
}
