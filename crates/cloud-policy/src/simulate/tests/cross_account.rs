//! A resource of another account: both sides must allow it.

use Outcome::{Allow, Deny, ImplicitDeny};

use super::*;

fn get_theirs(principal: &str) -> Request {
    ask(principal, "s3:GetObject", KEY, &[("aws:ResourceAccount", "444455556666")])
}

#[test]
fn both_accounts_must_allow_it() {
    let identity = allow_get();
    for (who, caller) in [
        (aws(ANN), ANN),
        (aws("111122223333"), ANN),
        (aws(ROLE), SESSION),
        (aws(SESSION), SESSION),
        ("\"*\"".to_owned(), ANN),
    ] {
        let theirs = bucket("Allow", &who);
        let request = get_theirs(caller);
        assert_eq!(outcome(&[("identity", &identity), ("bucket", &theirs)], &request), Allow, "{who}");
        assert_eq!(outcome(&[("bucket", &theirs)], &request), ImplicitDeny, "{who}: no identity policy");
    }
    let decision = policies(&[("identity", &identity)]).decide(&get_theirs(ANN)).reason;
    assert!(decision.contains("another account"), "{decision}");
    assert_eq!(outcome(&[("identity", &identity)], &get(ANN)), Allow, "of its own account one is enough");
    let deny = bucket("Deny", &aws("111122223333"));
    assert_eq!(outcome(&[("identity", &identity), ("bucket", &deny)], &get_theirs(ANN)), Deny);
}

#[test]
fn the_session_policy_limits_across_accounts_whatever_the_bucket_names() {
    let elsewhere = one("Allow", r#""Action": "s3:ListBucket", "Resource": "*""#);
    let theirs = bucket("Allow", &aws(SESSION));
    let given = [("identity", &*allow_get()), ("bucket", &theirs), ("session", &elsewhere)];
    assert_eq!(outcome(&given, &get_theirs(SESSION)), ImplicitDeny);
    let given = [("identity", &*allow_get()), ("bucket", &theirs), ("session", &allow_get())];
    assert_eq!(outcome(&given, &get_theirs(SESSION)), Allow);
}
