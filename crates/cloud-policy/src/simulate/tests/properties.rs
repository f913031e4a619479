//! What holds for all policies.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const PRINCIPALS: [&str; 5] = [ANN, SESSION, ROLE, "arn:aws:iam::444455556666:user/bob", "*"];

/// A statement; where it is attached decides whether it has a principal and a resource.
fn statement(attached: Attached) -> impl Strategy<Value = String> {
    let effect = select(vec!["Allow", "Allow", "Deny"]);
    let action = select(vec![
        r#""Action": "*""#,
        r#""Action": "s3:*""#,
        r#""Action": ["s3:GetObject", "sts:AssumeRole"]"#,
        r#""NotAction": "s3:PutObject""#,
    ]);
    let resource = select(vec![
        r#""Resource": "*""#,
        r#""Resource": "arn:aws:s3:::data/in/*""#,
        r#""NotResource": "arn:aws:s3:::data/in/*""#,
        r#""Resource": "arn:aws:s3:::data/${aws:username}/*""#,
    ]);
    let principal = select(vec![
        r#""Principal": "*""#.to_owned(),
        format!(r#""Principal": {}"#, aws(ANN)),
        format!(r#""Principal": {}"#, aws(ROLE)),
        format!(r#""Principal": {}"#, aws(SESSION)),
        format!(r#""Principal": {}"#, aws("111122223333")),
        format!(r#""NotPrincipal": {}"#, aws(ANN)),
    ]);
    let condition = select(vec![
        "",
        r#", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
        r#", "Condition": {"StringNotEquals": {"aws:username": "ann"}}"#,
        r#", "Condition": {"ForAllValues:StringLike": {"aws:TagKeys": "a*"}}"#,
    ]);
    (effect, action, resource, principal, condition).prop_map(
        move |(effect, action, resource, principal, condition)| {
            let mut parts = vec![format!(r#""Effect": "{effect}""#), action.to_owned()];
            match attached {
                Attached::Bucket => parts.push(principal),
                // A trust policy names whom it means.
                Attached::Trust => parts.push(principal.replace("NotPrincipal", "Principal")),
                Attached::Identity | Attached::Session => {}
            }
            if attached != Attached::Trust {
                parts.push(resource.to_owned());
            }
            format!("{{{}{condition}}}", parts.join(", "))
        },
    )
}

fn policy(attached: Attached) -> impl Strategy<Value = String> {
    proptest::collection::vec(statement(attached), 1..4)
        .prop_map(|statements| format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", ")))
}

/// Every kind of policy, given or not.
fn world() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let some = |word, attached| proptest::option::of(policy(attached).prop_map(move |text| (word, text)));
    (
        some("identity", Attached::Identity),
        some("session", Attached::Session),
        some("bucket", Attached::Bucket),
        some("trust", Attached::Trust),
    )
        .prop_map(|(a, b, c, d)| [a, b, c, d].into_iter().flatten().collect())
}

fn request() -> impl Strategy<Value = Request> {
    let action = select(vec!["s3:GetObject", "s3:PutObject", "sts:AssumeRole"]);
    let resource = select(vec![
        KEY,
        "arn:aws:s3:::data/ann/x",
        "arn:aws:iam::111122223333:role/reader",
        "arn:aws:iam::444455556666:role/x",
    ]);
    let keys = proptest::collection::vec(
        select(vec![
            ("aws:SourceIp", "10.1.2.3"),
            ("aws:SourceIp", "192.0.2.1"),
            ("aws:username", "ann"),
            ("aws:TagKeys", "abc"),
            ("aws:TagKeys", "xyz"),
            ("aws:ResourceAccount", "444455556666"),
        ]),
        0..4,
    );
    (select(PRINCIPALS.to_vec()), action, resource, keys)
        .prop_map(|(principal, action, resource, keys)| ask(principal, action, resource, &keys))
}

fn decide(world: &[(&'static str, String)], request: &Request) -> Outcome {
    let given: Vec<_> = world.iter().map(|(word, text)| (*word, text.as_str())).collect();
    outcome(&given, request)
}

proptest! {
    #[test]
    fn a_deny_that_applies_always_wins(mut world in world(), request in request()) {
        let everything = one("Deny", r#""Principal": "*", "Action": "*""#);
        let word = if request.assumes_role() { "trust-deny" } else { "bucket-deny" };
        let text = if request.assumes_role() { everything } else { everything.replace(r#""Action": "*""#, r#""Action": "*", "Resource": "*""#) };
        world.push((word, text));
        prop_assert_eq!(decide(&world, &request), Outcome::Deny);
    }

    #[test]
    fn another_allow_takes_no_right_away(mut world in world(), request in request(), more in policy(Attached::Identity), theirs in policy(Attached::Bucket)) {
        let before = decide(&world, &request);
        world.push(("identity-more", more.replace("Deny", "Allow")));
        world.push(("bucket-more", theirs.replace("Deny", "Allow")));
        prop_assert!(before != Outcome::Allow || decide(&world, &request) == Outcome::Allow);
    }

    #[test]
    fn a_session_policy_gives_no_right(mut world in world(), request in request(), session in policy(Attached::Session)) {
        world.retain(|(word, _)| *word != "session");
        let before = decide(&world, &request);
        world.push(("session", session));
        prop_assert!(decide(&world, &request) != Outcome::Allow || before == Outcome::Allow);
    }

    #[test]
    fn every_decision_names_statements_that_do_what_it_says(world in world(), request in request()) {
        let given: Vec<_> = world.iter().map(|(word, text)| (*word, text.as_str())).collect();
        let policies = policies(&given);
        let decision = policies.decide(&request);
        let expected = if decision.decision == Outcome::Deny { "Deny" } else { "Allow" };
        prop_assert!(decision.statements.iter().all(|statement| statement.effect.as_str() == expected));
        prop_assert_eq!(decision.statements.is_empty(), decision.decision == Outcome::ImplicitDeny);
        prop_assert!(decision.reason.ends_with('.') && decision.reason.matches('\n').count() == 0);
    }
}
