//! Keys of KMS, which their own policies guard.

use Outcome::{Allow, Deny, ImplicitDeny};

use super::*;

const KMS: &str = "arn:aws:kms:eu-central-1:111122223333:key/k";
const THEIRS: &str = "arn:aws:kms:eu-central-1:444455556666:key/k";

fn decrypt(principal: &str, key: &str) -> Request {
    ask(principal, "kms:Decrypt", key, &[])
}

fn may_decrypt() -> String {
    one("Allow", r#""Action": "kms:Decrypt", "Resource": "*""#)
}

fn of_key(effect: &str, who: &str) -> String {
    one(effect, &format!(r#""Principal": {}, "Action": "kms:*", "Resource": "*""#, aws(who)))
}

#[test]
fn a_key_is_used_only_by_whom_its_own_policy_lets() {
    let identity = may_decrypt();
    let alone = policies(&[("identity", &identity)]);
    let decision = alone.decide(&decrypt(ANN, KMS));
    assert_eq!(decision.decision, ImplicitDeny);
    assert!(decision.reason.contains("no policy of the key") || decision.reason.contains("No policy of the key"));
    let to_account = of_key("Allow", "111122223333");
    assert_eq!(outcome(&[("bucket", &to_account), ("identity", &identity)], &decrypt(ANN, KMS)), Allow);
    assert_eq!(outcome(&[("bucket", &to_account)], &decrypt(ANN, KMS)), ImplicitDeny);
    assert_eq!(outcome(&[("bucket", &of_key("Allow", ROLE))], &decrypt(SESSION, KMS)), Allow);
    let others = of_key("Allow", "arn:aws:iam::111122223333:user/bob");
    assert_eq!(outcome(&[("bucket", &others), ("identity", &identity)], &decrypt(ANN, KMS)), ImplicitDeny);
    assert_eq!(outcome(&[("bucket", &of_key("Deny", ANN)), ("identity", &identity)], &decrypt(ANN, KMS)), Deny);
    let root = "arn:aws:iam::111122223333:root";
    assert_eq!(outcome(&[], &decrypt(root, KMS)), ImplicitDeny);
    assert_eq!(outcome(&[("bucket", &to_account)], &decrypt(root, KMS)), Allow);
    let listing = ask(ANN, "kms:ListKeys", "*", &[]);
    assert_eq!(
        outcome(&[("identity", &one("Allow", r#""Action": "kms:*", "Resource": "*""#))], &listing),
        Allow,
        "what is about no key has no guard"
    );
    let named = one("Allow", r#""Action": "kms:CreateAlias", "Resource": "arn:aws:kms:*:*:alias/lake""#);
    let alias = ask(ANN, "kms:CreateAlias", "arn:aws:kms:eu-central-1:111122223333:alias/lake", &[]);
    assert_eq!(outcome(&[("identity", &named)], &alias), Allow, "an alias has no policy of its own");
}

#[test]
fn a_key_of_another_account_needs_both_sides() {
    let to_account = of_key("Allow", "111122223333");
    assert_eq!(outcome(&[("bucket", &to_account)], &decrypt(ANN, THEIRS)), ImplicitDeny);
    assert_eq!(outcome(&[("identity", &may_decrypt())], &decrypt(ANN, THEIRS)), ImplicitDeny);
    assert_eq!(outcome(&[("bucket", &to_account), ("identity", &may_decrypt())], &decrypt(ANN, THEIRS)), Allow);
}
