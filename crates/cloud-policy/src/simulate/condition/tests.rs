use super::*;
use crate::read::Document;

/// Whether the condition holds for a request with these keys.
fn holds(condition: &str, keys: &[(&str, &str)]) -> bool {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Condition": {condition}}}}}"#
    );
    let document = Document::parse(&text).unwrap().sound().unwrap();
    let mut context = Context::new();
    for (key, value) in keys {
        context.add(key, *value);
    }
    let conditions = &document.statements[0].conditions;
    conditions.iter().all(|condition| Test::compile(condition, true).unwrap().holds(&context))
}

/// One value against one value, by operator.
#[test]
fn every_operator_compares_as_documented() {
    for (operator, policy, yes, no) in [
        ("StringEquals", "a*", "a*", "ab"),
        ("StringEquals", "A", "A", "a"),
        ("StringNotEquals", "a", "A", "a"),
        ("StringEqualsIgnoreCase", "aÉ", "Aé", "b"),
        ("StringNotEqualsIgnoreCase", "a", "b", "A"),
        ("StringLike", "a*/?", "ab/c", "A/c"),
        ("StringLike", "", "", "x"),
        ("StringNotLike", "a*", "ba", "ab"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericEquals", "9007199254740993", "9007199254740993", "9007199254740992"),
        ("NumericNotEquals", "10", "11", "10"),
        ("NumericLessThan", "10", "9", "10"),
        ("NumericLessThanEquals", "10", "10", "10.5"),
        ("NumericGreaterThan", "-1.5", "-1", "-1.5"),
        ("NumericGreaterThanEquals", "10", "10", "9"),
        ("NumericEquals", "10", " 10 ", "ten"),
        ("DateEquals", "2024-05-06T07:08:09Z", "1714979289", "1714979290"),
        ("DateNotEquals", "2024-05-06", "2024-05-07", "2024-05-06T00:00:00Z"),
        ("DateLessThan", "2024-05-06T07:08:09Z", "2024-05-06T08:08:08+01:00", "2024-05-06T07:08:09Z"),
        ("DateLessThanEquals", "2024", "2024-01-01", "2024-01-02"),
        ("DateGreaterThan", "1714979289", "2024-05-06T07:08:10Z", "2024-05-06T07:08:09Z"),
        ("DateGreaterThanEquals", "2024-05", "2024-05-01T00:00Z", "2024-04-30T23:59:59Z"),
        ("DateLessThan", "2024", "2023", "soon"),
        ("Bool", "true", "TRUE", "false"),
        ("Bool", "false", "false", ""),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
        ("BinaryEquals", "", "", "no base64!"),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
        ("IpAddress", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("IpAddress", "203.0.113.9/24", "203.0.113.1", "203.0.112.1"),
        ("IpAddress", "0.0.0.0/0", "1.2.3.4", "::1"),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", "2001:db8:1234:5679::1"),
        ("IpAddress", "2001:db8::1", "2001:0db8:0:0::1", "2001:db8::2"),
        ("IpAddress", "203.0.113.0/24", "::ffff:203.0.113.4", "nonsense"),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.0", "203.0.113.1"),
        ("ArnEquals", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b", "arn:aws:iam::2:role/a"),
        ("ArnLike", "arn:aws:x:*:1:finance/*", "arn:aws:x:eu:1:finance/d", "arn:aws:x:eu:2:store/abc:1:finance/d"),
        ("ArnLike", "arn:aws:s3:::b/a*", "arn:aws:s3:::b/a:b:c", "arn:aws:s3:::b/b"),
        ("ArnLike", "*", "arn:aws:s3:::b", "\u{0}"),
        ("ArnNotEquals", "arn:aws:iam::1:role/*", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a"),
        ("ArnNotLike", "arn:aws:iam::1:role/a?", "no arn", "arn:aws:iam::1:role/ab"),
        ("Null", "false", "anything", "\u{0}"),
    ] {
        let condition = format!(r#"{{"{operator}": {{"k": "{policy}"}}}}"#);
        assert!(holds(&condition, &[("k", yes)]), "{operator} {policy:?} holds for {yes:?}");
        if no != "\u{0}" {
            assert!(!holds(&condition, &[("k", no)]), "{operator} {policy:?} does not hold for {no:?}");
            let if_exists = format!(r#"{{"{operator}IfExists": {{"k": "{policy}"}}}}"#);
            assert!(!holds(&if_exists, &[("k", no)]), "{operator}IfExists {policy:?} does not hold for {no:?}");
            assert!(holds(&if_exists, &[]), "{operator}IfExists holds without the key");
        }
    }
}

#[test]
fn without_the_key_only_negated_operators_hold() {
    for (operator, value) in [
        ("String", "x"),
        ("StringEquals", "x"),
        ("StringLike", "*"),
        ("StringEqualsIgnoreCase", ""),
        ("NumericLessThan", "9"),
        ("DateGreaterThan", "0"),
        ("Bool", "false"),
        ("BinaryEquals", ""),
        ("IpAddress", "0.0.0.0/0"),
        ("ArnLike", "*"),
        ("Null", "false"),
    ]
    .into_iter()
    .skip(1)
    {
        assert!(!holds(&format!(r#"{{"{operator}": {{"k": "{value}"}}}}"#), &[("other", "x")]), "{operator}");
    }
    for (operator, value) in [
        ("StringNotEquals", "x"),
        ("StringNotLike", "*"),
        ("StringNotEqualsIgnoreCase", "x"),
        ("NumericNotEquals", "9"),
        ("DateNotEquals", "0"),
        ("NotIpAddress", "0.0.0.0/0"),
        ("ArnNotEquals", "*"),
        ("ArnNotLike", "*"),
        ("Null", "true"),
    ] {
        assert!(holds(&format!(r#"{{"{operator}": {{"k": "{value}"}}}}"#), &[("other", "x")]), "{operator}");
    }
}

#[test]
fn several_values_are_alternatives_and_of_a_negation_none_may_match() {
    let like = r#"{"StringLike": {"k": ["a*", "b*"]}}"#;
    assert!(holds(like, &[("k", "bx")]) && !holds(like, &[("k", "cx")]));
    let not = r#"{"StringNotLike": {"k": ["a*", "b*"]}}"#;
    assert!(holds(not, &[("k", "cx")]) && !holds(not, &[("k", "bx")]));
    let both = r#"{"StringLike": {"k": "a*", "l": "b*"}, "Bool": {"m": true}}"#;
    assert!(holds(both, &[("k", "a"), ("l", "b"), ("m", "true")]), "all keys of all operators must hold");
    assert!(
        !holds(both, &[("k", "a"), ("l", "b"), ("m", "false")])
            && !holds(both, &[("k", "a"), ("l", "x"), ("m", "true")])
    );
}

#[test]
fn set_operators_go_over_the_values_of_the_request() {
    let (a, ab, ax, x, none) =
        (&[("k", "a")][..], &[("k", "a"), ("k", "b")][..], &[("k", "a"), ("k", "x")][..], &[("k", "x")][..], &[][..]);
    let empty = &[("k", "")][..];
    for (operator, expected) in [
        // of {a}, {a, b}, {a, x}, {x}, no key, an empty text
        ("ForAllValues:StringEquals", [true, true, false, false, true, true]),
        ("ForAnyValue:StringEquals", [true, true, true, false, false, false]),
        ("ForAllValues:StringNotEquals", [false, false, false, true, true, true]),
        ("ForAnyValue:StringNotEquals", [false, false, true, true, false, false]),
        ("ForAllValues:StringEqualsIfExists", [true, true, false, false, true, true]),
        ("ForAnyValue:StringEqualsIfExists", [true, true, true, false, true, false]),
        ("StringEquals", [true, true, true, false, false, false]),
        ("StringNotEquals", [false, false, false, true, true, true]),
    ] {
        let condition = format!(r#"{{"{operator}": {{"k": ["a", "b"]}}}}"#);
        let found = [a, ab, ax, x, none, empty].map(|keys| holds(&condition, keys));
        assert_eq!(found, expected, "{operator}");
    }
}

#[test]
fn keys_are_compared_without_regard_to_case_and_values_may_be_no_text() {
    assert!(holds(r#"{"Bool": {"AWS:SecureTransport": true}}"#, &[("aws:securetransport", "true")]));
    assert!(holds(r#"{"NumericLessThanEquals": {"s3:max-keys": 10}}"#, &[("s3:max-keys", "10")]));
    assert!(holds(r#"{"Null": {"aws:TokenIssueTime": true}}"#, &[]));
}

#[test]
fn variables_work_in_texts_and_arns_and_a_missing_one_equals_nothing() {
    let team = &[("aws:PrincipalTag/Team", "red"), ("s3:ExistingObjectTag/Team", "red")][..];
    let tag =
        |operator: &str| format!(r#"{{"{operator}": {{"s3:ExistingObjectTag/Team": "${{aws:PrincipalTag/Team}}"}}}}"#);
    assert!(holds(&tag("StringEquals"), team) && !holds(&tag("StringNotEquals"), team));
    let untagged = &team[1..];
    assert!(
        !holds(&tag("StringEquals"), untagged)
            && holds(&tag("StringNotEquals"), untagged)
            && holds(&tag("StringNotLike"), untagged)
    );
    let arn = r#"{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${aws:username}-*"}}"#;
    assert!(holds(arn, &[("aws:SourceArn", "arn:aws:s3:::ann-x"), ("aws:username", "ann")]));
    assert!(!holds(arn, &[("aws:SourceArn", "arn:aws:s3:::ann-x")]));
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_place() {
    for (condition, at, word) in [
        (r#"{"StringEqual": {"k": "a"}}"#, "/Statement/Condition/StringEqual", "no operator"),
        (r#"{"stringlike": {"k": "a"}}"#, "/Statement/Condition/stringlike", "\"StringLike\""),
        (r#"{"ForSomeValues:StringLike": {"k": "a"}}"#, "/Statement/Condition/ForSomeValues:StringLike", "no operator"),
        (r#"{"NullIfExists": {"k": "true"}}"#, "/Statement/Condition/NullIfExists", "no operator"),
        (r#"{"Null": {"k": "maybe"}}"#, "/Statement/Condition/Null/k", "no truth value"),
        (r#"{"IpAddress": {"k": ["10.0.0.0/8", "10.0.0.0/33"]}}"#, "/Statement/Condition/IpAddress/k/1", "no address"),
        (r#"{"IpAddress": {"k": "${aws:SourceIp}"}}"#, "/Statement/Condition/IpAddress/k", "no address"),
        (r#"{"DateLessThan": {"k": "soon"}}"#, "/Statement/Condition/DateLessThan/k", "no date"),
        (r#"{"NumericEquals": {"k": "ten"}}"#, "/Statement/Condition/NumericEquals/k", "no number"),
        (r#"{"BinaryEquals": {"k": "%"}}"#, "/Statement/Condition/BinaryEquals/k", "no base64"),
    ] {
        let text = format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Condition": {condition}}}}}"#);
        let document = Document::parse(&text).unwrap().sound().unwrap();
        let fault = Test::compile(&document.statements[0].conditions[0], true).unwrap_err();
        assert_eq!(fault.pointer, at, "{condition}");
        assert!(fault.message.contains(word), "{condition}: {fault}");
    }
}
