use domain::scope::{Access, Scope};
use proptest::prelude::*;

use super::*;
use crate::PolicyError;
use crate::condition::Truth;

fn scope(container: &str, prefix: &str, access: Access) -> Scope {
    Scope { bucket: container.parse().unwrap(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
}

fn blob(action: &str, container: &str, path: &str) -> Context {
    Context::of(format!("{BLOBS}/{action}")).with(Source::Resource, CONTAINER_NAME, container).with(
        Source::Resource,
        BLOB_PATH,
        path,
    )
}

fn listing(container: &str, prefix: &str) -> Context {
    Context::of(format!("{BLOBS}/read")).doing(BLOB_LIST).with(Source::Resource, CONTAINER_NAME, container).with(
        Source::Request,
        BLOB_PREFIX,
        prefix,
    )
}

fn holds(condition: &str, context: &Context) -> bool {
    let condition = Condition::parse(condition).unwrap_or_else(|why| panic!("{condition}: {why}"));
    assert_eq!(condition.remarks, [], "{condition}");
    condition.holds(context) == Truth::True
}

#[test]
fn golden_condition_of_reading_a_prefix() {
    let condition = role_condition(&[scope("data", "in", Access::Read)]).unwrap();
    assert_eq!(
        condition.replace("Microsoft.Storage/storageAccounts/blobServices/containers", "C"),
        "((!(ActionMatches{'C/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})) OR \
         (@Resource[C:name] StringEquals 'data' AND @Resource[C/blobs:path] StringStartsWith 'in/')) AND \
         ((!(ActionMatches{'C/blobs/read'} AND SubOperationMatches{'Blob.List'})) OR \
         (@Resource[C:name] StringEquals 'data' AND @Request[C/blobs:prefix] StringStartsWith 'in/')) AND \
         ((!(ActionMatches{'C/blobs/write'}) AND !(ActionMatches{'C/blobs/add/action'}) AND \
         !(ActionMatches{'C/blobs/delete'}) AND !(ActionMatches{'C/blobs/move/action'})))"
    );
}

#[test]
fn each_verb_is_narrowed_to_its_own_places() {
    let condition = role_condition(&[
        scope("data", "in", Access::Read),
        scope("out", "", Access::ReadWrite),
        scope("drop", "a", Access::Write),
    ])
    .unwrap();
    for (context, expected) in [
        (blob("read", "data", "in/a"), true),
        (blob("read", "data", "inn/a"), false),
        (blob("read", "other", "in/a"), false),
        (listing("data", "in/"), true),
        (listing("data", ""), false),
        (listing("out", ""), true),
        (blob("write", "data", "in/a"), false),
        (blob("write", "out", "x"), true),
        (blob("add/action", "drop", "a/x"), true),
        (blob("delete", "drop", "b/x"), false),
        (blob("move/action", "data", "in/a"), false),
        (blob("read", "drop", "a/x"), false),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{context:?}");
    }
}

#[test]
fn prefixes_whose_literal_is_not_documented_are_refused() {
    for prefix in ["it's", r"a\b"] {
        let error = role_condition(&[scope("data", prefix, Access::Read)]).unwrap_err();
        assert!(matches!(error, PolicyError::NotExpressible { .. }), "{prefix}");
    }
    assert!(role_condition(&[]).is_err());
    let many: Vec<Scope> = (0..200).map(|n| scope("data", &format!("p{n:03}"), Access::Read)).collect();
    assert!(matches!(role_condition(&many), Err(PolicyError::TooLarge { .. })));
}

#[test]
fn comparisons_are_decided_as_documented() {
    let context = Context::of(format!("{BLOBS}/read"))
        .with(Source::Resource, "name1", "abcd")
        .with(Source::Resource, "tags&$keys$&", "red")
        .with(Source::Resource, "tags&$keys$&", "blue")
        .with(Source::Resource, "isHnsEnabled", "true")
        .with(Source::Environment, "UtcNow", "2026-03-02T00:00:00.0Z")
        .with(Source::Request, "roleAssignments:PrincipalId", "F58310D9-A9F6-439A-9E8D-F62E7B41A168");
    for (text, expected) in [
        ("@Resource[name1] StringLike 'a*c?'", Truth::True),
        ("@Resource[name1] StringLike 'A*C?'", Truth::False),
        ("@Resource[name1] StringLikeIgnoreCase 'A*C?'", Truth::True),
        ("@Resource[name1] StringLike 'a*c'", Truth::False),
        (r"@Resource[name1] StringLike 'a\*d'", Truth::False),
        ("@Resource[NAME1] StringNotEquals 'x' && !(@Resource[name1] StringNotStartsWith 'ab')", Truth::True),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", Truth::True),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", Truth::False),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", Truth::True),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", Truth::False),
        ("{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}", Truth::True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}", Truth::False),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}", Truth::True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {15, 25, 30}", Truth::False),
        ("@Resource[tags&$keys$&] ForAllOfAnyValues:StringEquals {'red', 'blue', 'x'}", Truth::True),
        ("@Resource[isHnsEnabled] BoolEquals true", Truth::True),
        ("@Environment[UtcNow] DateTimeGreaterThan '2026-03-01T00:00:00.0Z'", Truth::True),
        ("@Request[roleAssignments:PrincipalId] GuidEquals f58310d9-a9f6-439a-9e8d-f62e7b41a168", Truth::True),
        ("NOT Exists @Request[snapshot] AND Exists @Resource[name1]", Truth::True),
        ("@Principal[x] StringEquals 'a'", Truth::Unknown),
        ("@Principal[x] StringEquals 'a' OR ActionMatches{'microsoft.storage/*/READ'}", Truth::True),
        ("SubOperationMatches{'Blob.List'} AND @Principal[x] StringEquals 'a'", Truth::False),
    ] {
        let condition = Condition::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(condition.holds(&context), expected, "{text}");
        assert_eq!(Condition::parse(&condition.to_string()).unwrap().expr, condition.expr, "{text}: {condition}");
    }
}

#[test]
fn what_azure_may_read_otherwise_is_remarked() {
    let remarks = |text: &str| Condition::parse(text).unwrap().remarks;
    let one = "@Resource[a] StringEquals 'b'";
    assert_eq!(remarks(&format!("{one} AND {one} OR {one}")), [Remark::Ambiguous]);
    assert_eq!(remarks(&format!("{one} OR {one} AND {one}")), [Remark::Ambiguous]);
    assert_eq!(remarks(&format!("({one} AND {one}) OR {one}")), []);
    assert_eq!(remarks("@resource[a] StringEquals 'b'"), [Remark::SourceCase("resource".into())]);
}

#[test]
fn what_is_no_condition_is_refused_with_its_place() {
    for (text, at, said) in [
        ("", 0, "expected"),
        ("@Resource[a] StringIs 'b'", 13, "operator"),
        ("@Resource[a] StringEquals {'b'}", 13, "ForAnyOfAnyValues:StringEquals"),
        ("@Resource[a] StringEquals \"b\"", 26, "and not in"),
        ("@Resource[a] StringEquals 'b", 26, "does not end"),
        (r"@Resource[a] StringEquals 'b\''", 26, "not documented"),
        ("@Blob[a] StringEquals 'b'", 0, "@Resource"),
        ("@Resource a", 0, "written"),
        ("ActionMatches('x')", 13, "expected"),
        ("(@Resource[a] BoolEquals true", 29, "')'"),
        ("@Resource[a] BoolGreaterThan true", 13, "operator"),
        ("@Resource[a] BoolEquals true and true", 29, "should end"),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(said), "{text}: {error}");
    }
    assert!(Condition::parse(&"(".repeat(5000)).unwrap_err().message.contains("deeper"));
    assert!(Condition::parse(&"!".repeat(5000)).unwrap_err().message.contains("deeper"));
    assert!(Condition::parse(&" ".repeat(20_000)).unwrap_err().message.contains("bytes"));
}

proptest! {
    #[test]
    fn a_condition_allows_exactly_what_lies_under_the_prefix(
        prefix in r"([a-z*?${}é ]{1,3}/){0,3}", key in r"([a-z*?/]{1,3}){0,3}", own in any::<bool>()
    ) {
        let scope = scope("data", &prefix, Access::ReadWrite);
        let prefix = scope.prefix.as_str();
        let key = if own { format!("{prefix}{key}") } else { key };
        let condition = role_condition(std::slice::from_ref(&scope)).unwrap();
        let under = key.starts_with(prefix);
        for action in ["read", "write", "add/action", "delete", "move/action"] {
            prop_assert_eq!(holds(&condition, &blob(action, "data", &key)), under);
            prop_assert!(!holds(&condition, &blob(action, "data2", &key)));
        }
        prop_assert_eq!(holds(&condition, &listing("data", &key)), under);
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in any::<String>()) {
        if let Ok(condition) = Condition::parse(&text) {
            let _ = condition.holds(&Context::default());
        }
    }

    #[test]
    fn what_looks_like_a_condition_is_read_or_refused(
        words in proptest::collection::vec(prop_oneof![
            Just("@Resource[a]"), Just("StringEquals"), Just("StringLike"), Just("'a'"), Just("("), Just(")"), Just("{"), Just("}"),
            Just(","), Just("AND"), Just("OR"), Just("NOT"), Just("!"), Just("ActionMatches"), Just("Exists"), Just("true"), Just("7"),
            Just("ForAllOfAnyValues:StringLike"), Just("SubOperationMatches{'x'}"),
        ], 0..30)
    ) {
        if let Ok(condition) = Condition::parse(&words.join(" ")) {
            let _ = condition.holds(&Context::default());
            prop_assert_eq!(Condition::parse(&condition.to_string()).unwrap().expr, condition.expr);
        }
    }
}
