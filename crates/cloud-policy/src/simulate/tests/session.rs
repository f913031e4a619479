//! Session policies, alone and with a bucket's policy.

use Outcome::{Allow, Deny, ImplicitDeny};

use super::*;

#[test]
fn a_session_policy_limits_what_identity_policies_give() {
    let (wide, narrow) = (one("Allow", r#""Action": "s3:*", "Resource": "*""#), allow_get());
    let both = [("identity", wide.as_str()), ("session", narrow.as_str())];
    let policies = policies(&both);
    let decision = policies.decide(&get(SESSION));
    assert_eq!((decision.decision, files(&decision)), (Allow, vec!["identity:0".to_owned(), "session:0".to_owned()]));
    let put = ask(SESSION, "s3:PutObject", KEY, &[]);
    let refused = policies.decide(&put);
    assert_eq!((refused.decision, refused.statements.len()), (ImplicitDeny, 0));
    assert_eq!(refused.reason, "Statement 0 of identity allows it, but no statement of the session policy does.");
    assert_eq!(outcome(&[("identity", &narrow), ("session", &wide)], &put), ImplicitDeny, "it widens nothing");
    assert_eq!(outcome(&[("session", &wide)], &put), ImplicitDeny);
    let deny = one("Deny", r#""Action": "s3:GetObject", "Resource": "*""#);
    assert_eq!(outcome(&[("identity", &wide), ("session-a", &wide), ("session-b", &deny)], &get(SESSION)), Deny);
}

#[test]
fn what_a_bucket_gives_to_the_role_is_limited_and_what_it_gives_to_the_session_is_not() {
    let elsewhere = one("Allow", r#""Action": "s3:ListBucket", "Resource": "*""#);
    let with =
        |who: &str, session: &str| outcome(&[("bucket", &bucket("Allow", who)), ("session", session)], &get(SESSION));
    assert_eq!((with(&aws(ROLE), &elsewhere), with(&aws(ROLE), &allow_get())), (ImplicitDeny, Allow));
    assert_eq!(with(&aws(SESSION), &elsewhere), Allow);
    assert_eq!(with("\"*\"", &elsewhere), Allow);
    assert_eq!(with(&aws("111122223333"), &allow_get()), ImplicitDeny);
    assert_eq!(with(&aws("arn:aws:sts::111122223333:assumed-role/reader/run-2"), &allow_get()), ImplicitDeny);
    assert_eq!(with(&aws("arn:aws:iam::111122223333:role/other"), &allow_get()), ImplicitDeny);
    assert_eq!(with(&aws("arn:aws:iam::444455556666:role/reader"), &allow_get()), ImplicitDeny);
    let denied = [("bucket", &*bucket("Deny", &aws(ROLE))), ("identity", &*allow_get())];
    assert_eq!(outcome(&denied, &get(SESSION)), Deny, "a Deny for the role is one for its sessions");
    let given = bucket("Allow", &aws(SESSION));
    let decision = policies(&[("bucket", &given), ("session", &elsewhere)]);
    let decision = decision.decide(&get(SESSION));
    assert_eq!(decision.reason, "Statement 0 of bucket gives it to who asks directly, which no session policy limits.");
    assert_eq!(files(&decision), ["bucket:0"]);
}

#[test]
fn a_session_that_a_user_began_is_limited_in_what_the_user_is_given() {
    let elsewhere = one("Allow", r#""Action": "s3:ListBucket", "Resource": "*""#);
    let to_ann = bucket("Allow", &aws(ANN));
    assert_eq!(outcome(&[("bucket", &to_ann)], &get(ANN)), Allow);
    assert_eq!(outcome(&[("bucket", &to_ann), ("session", &elsewhere)], &get(ANN)), ImplicitDeny);
    assert_eq!(outcome(&[("bucket", &to_ann), ("session", &allow_get())], &get(ANN)), Allow);
}
