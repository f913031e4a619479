use proptest::prelude::*;

use super::super::{MAX_BYTES, PrincipalKind, Who};
use super::*;

fn faults(text: &str) -> Vec<(String, FaultKind)> {
    Document::parse(text).unwrap().faults.into_iter().map(|fault| (fault.pointer, fault.kind)).collect()
}

#[test]
fn every_part_of_a_policy_is_kept_with_its_place() {
    let document = Document::parse(
        r#"{"Version": "2012-10-17", "Id": "i", "Statement": [
            {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": ["1", "2"], "Service": "s3.amazonaws.com"},
             "Action": "s3:GetObject", "Resource": ["r1", "r2"],
             "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": [10, "11"]}}},
            {"Effect": "Deny", "NotPrincipal": "*", "NotAction": ["s3:*"], "NotResource": "r3"}]}"#,
    )
    .unwrap()
    .sound()
    .unwrap();
    assert!(document.has_variables());
    let [first, second] = document.statements.as_slice() else { panic!("{document:?}") };
    assert_eq!((first.index, first.sid.as_deref(), first.effect), (0, Some("a"), Some(Effect::Allow)));
    let Who::Named(lists) = &first.principals.as_ref().unwrap().who else { panic!("{first:?}") };
    assert_eq!(lists.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [PrincipalKind::Aws, PrincipalKind::Service]);
    let resources = &first.resources.as_ref().unwrap().texts;
    assert_eq!(resources.located().last(), Some(("/Statement/0/Resource/1".to_owned(), "r2")));
    let shown: Vec<_> = first.conditions.iter().map(|c| (c.operator.as_str(), c.values.items.join("|"))).collect();
    assert_eq!(shown, [("Bool", "true".to_owned()), ("NumericLessThan", "10|11".to_owned())]);
    assert_eq!(first.conditions[0].values.pointer_of(0), "/Statement/0/Condition/Bool/aws:SecureTransport");
    assert!(second.actions.as_ref().unwrap().negated && second.resources.as_ref().unwrap().negated);
    assert!(second.principals.as_ref().unwrap().negated && second.principals.as_ref().unwrap().everyone());
}

#[test]
fn a_statement_need_not_be_in_a_list() {
    let document = Document::parse(r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#).unwrap();
    assert_eq!((document.faults.len(), document.statements[0].pointer.as_str()), (0, "/Statement"));
    assert!(!document.has_variables());
}

#[test]
fn each_fault_has_its_pointer_and_kind() {
    use FaultKind::{Conflict, DuplicateKey, Missing, UnknownField, Value, WrongType};
    let rest = r#""Effect": "Allow", "Action": "s3:*", "Resource": "*""#;
    for (text, at, kind) in [
        ("{}".to_owned(), "", Missing),
        (r#"{"Statement": []}"#.to_owned(), "/Statement", Missing),
        (r#"{"Statement": "x"}"#.to_owned(), "/Statement", WrongType),
        (r#"{"Statement": [1]}"#.to_owned(), "/Statement/0", WrongType),
        (format!(r#"{{"Version": "2024-01-01", "Statement": {{{rest}}}}}"#), "/Version", Value),
        (format!(r#"{{"Version": 2012, "Statement": {{{rest}}}}}"#), "/Version", WrongType),
        (format!(r#"{{"statement": [], "Statement": {{{rest}}}}}"#), "/statement", UnknownField),
        (format!(r#"{{"Statement": [{{{rest}, "Conditions": {{}}}}]}}"#), "/Statement/0/Conditions", UnknownField),
        (format!(r#"{{"Statement": [{{{rest}, "Effect": "Deny"}}]}}"#), "/Statement/0/Effect", DuplicateKey),
        (format!(r#"{{"Statement": [{{{rest}, "NotAction": "x"}}]}}"#), "/Statement/0/NotAction", Conflict),
        (format!(r#"{{"Statement": [{{{rest}, "Sid": 1}}]}}"#), "/Statement/0/Sid", WrongType),
        (format!(r#"{{"Statement": [{{{rest}, "Principal": "me"}}]}}"#), "/Statement/0/Principal", Value),
        (format!(r#"{{"Statement": [{{{rest}, "Principal": {{}}}}]}}"#), "/Statement/0/Principal", Missing),
        (format!(r#"{{"Statement": [{{{rest}, "Principal": ["*"]}}]}}"#), "/Statement/0/Principal", WrongType),
        (
            format!(r#"{{"Statement": [{{{rest}, "Principal": {{"aws": "*", "AWS": "1"}}}}]}}"#),
            "/Statement/0/Principal/aws",
            UnknownField,
        ),
        (format!(r#"{{"Statement": [{{{rest}, "Condition": []}}]}}"#), "/Statement/0/Condition", WrongType),
        (
            format!(r#"{{"Statement": [{{{rest}, "Condition": {{"Bool": true}}}}]}}"#),
            "/Statement/0/Condition/Bool",
            WrongType,
        ),
        (
            format!(r#"{{"Statement": [{{{rest}, "Condition": {{"Bool": {{"a/b": [true, null]}}}}}}]}}"#),
            "/Statement/0/Condition/Bool/a~1b/1",
            WrongType,
        ),
        (r#"{"Statement": [{"Effect": "allow", "Action": "*"}]}"#.to_owned(), "/Statement/0/Effect", Value),
        (r#"{"Statement": [{"Action": "*"}]}"#.to_owned(), "/Statement/0", Missing),
        (r#"{"Statement": [{"Effect": "Allow"}]}"#.to_owned(), "/Statement/0", Missing),
        (r#"{"Statement": [{"Effect": "Allow", "Action": []}]}"#.to_owned(), "/Statement/0/Action", Missing),
        (r#"{"Statement": [{"Effect": "Allow", "Action": ["a", 1]}]}"#.to_owned(), "/Statement/0/Action/1", WrongType),
    ] {
        assert_eq!(faults(&text), [(at.to_owned(), kind)], "{text}");
        assert!(Document::parse(&text).unwrap().sound().is_err(), "{text}");
    }
}

#[test]
fn a_document_that_is_no_object_is_refused_at_once() {
    for text in ["[]", "null", "\"x\"", "1", "true"] {
        assert_eq!(Document::parse(text).unwrap_err().kind, FaultKind::WrongType, "{text}");
    }
}

#[test]
fn a_large_document_full_of_faults_tells_a_bounded_number() {
    let mut text = r#"{"Statement": [{}"#.to_owned();
    while text.len() < MAX_BYTES - 10 {
        text.push_str(",{}");
    }
    text.push_str("]}");
    let document = Document::parse(&text).unwrap();
    assert_eq!(document.faults.len(), MAX_FAULTS);
    assert!(document.statements.len() > 300_000);
}

proptest! {
    #[test]
    fn no_text_at_all_makes_the_reader_panic(text in r#"[\[\]{}",:a-zA-Z0-9 \\*$]{0,200}"#) {
        let _ = Document::parse(&text);
    }

    #[test]
    fn a_cut_document_never_loses_a_condition_silently(cut in 0usize..150) {
        let whole = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}"#;
        prop_assume!(cut < whole.len());
        prop_assert!(Document::parse(&whole[..cut]).is_err());
    }
}
