use domain::place::Prefix;
use domain::scope::{Access, Scope};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::PolicyError;
use crate::condition::Truth;

fn scope(bucket: &str, prefix: &str, access: Access) -> Scope {
    Scope { bucket: bucket.parse().unwrap(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
}

fn object(bucket: &str, key: &str) -> Context {
    Context { resource_name: Some(format!("projects/_/buckets/{bucket}/objects/{key}")), ..Context::default() }
}

fn listing(bucket: &str, prefix: &str) -> Context {
    let attributes = [(LIST_PREFIX.to_owned(), Attribute::Text(prefix.to_owned()))].into();
    Context { resource_name: Some(format!("projects/_/buckets/{bucket}")), attributes, ..Context::default() }
}

/// Whether a boundary leaves the role's right on what the context is about.
fn leaves(boundary: &Value, role: &str, bucket: &str, context: &Context) -> bool {
    boundary["accessBoundary"]["accessBoundaryRules"].as_array().unwrap().iter().any(|rule| {
        let condition = rule["availabilityCondition"]["expression"].as_str();
        rule["availableResource"] == format!("//storage.googleapis.com/projects/_/buckets/{bucket}")
            && rule["availablePermissions"] == json!([format!("inRole:roles/{role}")])
            && condition.is_none_or(|text| Condition::parse(text).unwrap().holds(context) == Truth::True)
    })
}

const READ: &str = "storage.objectViewer";
const WRITE: &str = "storage.legacyBucketWriter";

#[test]
fn golden_boundary_of_reading_and_writing_a_prefix() {
    assert_eq!(
        access_boundary(&[scope("data", "in/it's", Access::ReadWrite)]).unwrap(),
        json!({"accessBoundary": {"accessBoundaryRules": [
            {"availableResource": "//storage.googleapis.com/projects/_/buckets/data",
             "availablePermissions": ["inRole:roles/storage.objectViewer"],
             "availabilityCondition": {"title": "tidegate", "expression":
                r"resource.name.startsWith('projects/_/buckets/data/objects/in/it\'s/') || api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('in/it\'s/')"}},
            {"availableResource": "//storage.googleapis.com/projects/_/buckets/data",
             "availablePermissions": ["inRole:roles/storage.legacyBucketWriter"],
             "availabilityCondition": {"title": "tidegate", "expression":
                r"resource.name.startsWith('projects/_/buckets/data/objects/in/it\'s/')"}},
        ]}})
    );
}

#[test]
fn writing_a_whole_bucket_does_not_list_it() {
    let boundary = access_boundary(&[scope("data", "", Access::Write)]).unwrap();
    assert!(leaves(&boundary, WRITE, "data", &object("data", "a")));
    assert!(!leaves(&boundary, WRITE, "data", &listing("data", "")));
    let boundary = access_boundary(&[scope("data", "", Access::Read)]).unwrap();
    assert!(leaves(&boundary, READ, "data", &listing("data", "")));
    assert!(!leaves(&boundary, WRITE, "data", &object("data", "a")), "no write was asked for");
}

#[test]
fn many_prefixes_share_rules_and_too_many_are_refused() {
    let scopes: Vec<Scope> = (0..20).map(|n| scope("data", &format!("p{n:02}"), Access::Read)).collect();
    let boundary = access_boundary(&scopes).unwrap();
    let rules = boundary["accessBoundary"]["accessBoundaryRules"].as_array().unwrap();
    assert!(rules.len() <= MAX_RULES && rules.len() > 1, "{}", rules.len());
    for rule in rules {
        let text = rule["availabilityCondition"]["expression"].as_str().unwrap();
        assert!(text.len() <= MAX_EXPRESSION && Condition::parse(text).unwrap().operators() <= 12);
    }
    for scope in &scopes {
        assert!(leaves(&boundary, READ, "data", &object("data", &format!("{}x", scope.prefix))));
    }
    let buckets: Vec<Scope> = (0..11).map(|n| scope(&format!("data-{n}"), "", Access::Read)).collect();
    assert!(access_boundary(&buckets[..10]).is_ok());
    assert!(matches!(access_boundary(&buckets), Err(PolicyError::NotExpressible { .. })));
    assert!(access_boundary(&[]).is_err());
}

#[test]
fn a_prefix_that_fills_an_expression_gets_two_rules_and_a_longer_one_is_refused() {
    let long = scope("data", &"k".repeat(1000), Access::Read);
    let boundary = access_boundary(std::slice::from_ref(&long)).unwrap();
    assert_eq!(boundary["accessBoundary"]["accessBoundaryRules"].as_array().unwrap().len(), 2);
    assert!(matches!(iam_condition(&long), Err(PolicyError::NotExpressible { .. })));
    let quotes = scope("data", &"'".repeat(1020), Access::Read);
    assert!(matches!(access_boundary(&[quotes]), Err(PolicyError::TooLarge { limit: MAX_EXPRESSION, .. })));
}

#[test]
fn role_grants_give_each_bucket_its_role_once() {
    let scopes = [
        scope("data", "in", Access::Read),
        scope("data", "out", Access::ReadWrite),
        scope("data", "out/deep", Access::Read),
        scope("other", "", Access::Read),
    ];
    let grants = role_grants(&scopes).unwrap();
    let shown: Vec<_> = grants
        .iter()
        .map(|grant| (grant.bucket.as_str(), grant.role, grant.condition.as_ref().map(|c| c.title.as_str())))
        .collect();
    assert_eq!(
        shown,
        [
            ("data", OBJECT_VIEWER, Some("tidegate-read")),
            ("other", OBJECT_VIEWER, None),
            ("data", OBJECT_USER, Some("tidegate-write")),
        ]
    );
    let condition = iam_condition(&scopes[0]).unwrap().unwrap();
    assert_eq!(Some(&condition), grants[0].condition.as_ref());
    assert_eq!(iam_condition(&scopes[3]).unwrap(), None);
}

#[test]
fn conditions_of_the_documentation_are_read_and_decided() {
    let context = Context {
        resource_name: Some("projects/_/buckets/data/objects/team/a/b.png".into()),
        resource_type: Some("storage.googleapis.com/Object".into()),
        resource_service: Some("storage.googleapis.com".into()),
        time: Some("2026-03-02T21:30:00Z".parse().unwrap()),
        attributes: [("iam.googleapis.com/modifiedGrantsByRole".to_owned(), Attribute::List(vec!["roles/a".into()]))]
            .into(),
    };
    for (text, expected) in [
        ("resource.service == 'storage.googleapis.com'", Truth::True),
        ("resource.type != \"storage.googleapis.com/Object\"", Truth::False),
        ("resource.type in ['x', 'storage.googleapis.com/Object']", Truth::True),
        ("resource.name.endsWith('.png') && !resource.name.startsWith('projects/_/buckets/other/')", Truth::True),
        ("resource.name.extract('/objects/{team}/') == 'team'", Truth::True),
        ("resource.name.extract('/objects/{all}') == 'team/a/b.png'", Truth::True),
        ("resource.name.extract('/folders/{f}/') == ''", Truth::True),
        ("request.time < timestamp('2026-03-02T22:00:00Z')", Truth::True),
        ("request.time < timestamp('2026-03-02T22:00:00+02:00')", Truth::False),
        ("request.time.getHours('-08:00') == 13 && request.time.getDayOfWeek() == 1", Truth::True),
        ("request.time.getDate('UTC') == 2 && request.time.getMonth() == 2", Truth::True),
        ("request.time >= date('2026-03-02')", Truth::True),
        (
            "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/a', 'roles/b'])",
            Truth::True,
        ),
        ("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/b'])", Truth::False),
        ("api.getAttribute('storage.googleapis.com/objectListPrefix', '') == ''", Truth::True),
        ("resource.matchTag('1/env', 'prod') || true", Truth::True),
        ("resource.matchTag('1/env', 'prod')", Truth::Unknown),
        ("!resource.hasTagKeyId('tagKeys/1')", Truth::Unknown),
        ("'x' in request.auth.access_levels && false", Truth::False),
        ("resource.name.startsWith(1) || true", Truth::True),
        ("resource.name.startsWith(1)", Truth::False),
        ("resource.name == 1 ? true : true", Truth::False),
        ("resource.type == 'x' ? false : resource.service == 'storage.googleapis.com'", Truth::True),
        (r#"r'\d' == "\\d" && '\u00e9\x41\101' == 'éAA'"#, Truth::True),
    ] {
        let condition = Condition::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(condition.holds(&context), expected, "{text}");
        assert_eq!(Condition::parse(&condition.to_string()).unwrap(), condition, "{text}: {condition}");
    }
    assert_eq!(Condition::parse("resource.name == 'a'").unwrap().holds(&Context::default()), Truth::Unknown);
}

#[test]
fn what_is_no_condition_is_refused_with_its_place() {
    for (text, at, said) in [
        ("", 0, "expected"),
        ("resource.nmae == 'a'", 0, "resource.name"),
        ("resource.name.matches('a.*')", 14, "startsWith"),
        ("resource.name == “a”", 17, "typographic"),
        ("resource.name == 'a", 17, "does not end"),
        (r"resource.name == 'a\q'", 19, "escape"),
        ("resource.name == 'a' 'b'", 21, "should end"),
        ("resource.name.startsWith('a'", 28, "')'"),
        ("resource.name.startsWith('a', 'b')", 14, "arguments"),
        ("api.getAttribute('a')", 4, "default"),
        ("request.time > timestamp('a') + 1", 30, "no meaning"),
        ("'''a'''", 0, "three"),
        ("99999999999999999999 == 1", 0, "64 bits"),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(said), "{text}: {error}");
    }
    let deep = format!("{}true{}", "(".repeat(100), ")".repeat(100));
    assert!(Condition::parse(&deep).unwrap_err().message.contains("deeper"));
    assert!(Condition::parse(&"!".repeat(5000)).unwrap_err().message.contains("deeper"));
    assert!(Condition::parse(&" ".repeat(20_000)).unwrap_err().message.contains("bytes"));
    let wide = vec!["true"; 1000].join(" && ");
    assert_eq!(Condition::parse(&wide).unwrap().operators(), 999, "width is no depth");
}

fn prefix() -> impl Strategy<Value = String> {
    prop_oneof![r"[a-z'\\$`{}*?é日 ]{0,8}", r"([a-z'\\]{1,3}/){0,3}"]
        .prop_filter("a prefix", |text| text.parse::<Prefix>().is_ok())
}

proptest! {
    #[test]
    fn a_boundary_leaves_exactly_the_keys_and_listings_under_the_prefix(
        prefix in prefix(), key in prefix(), tail in "[a-z'/\\\\]{0,4}", own in any::<bool>()
    ) {
        let scope = scope("data", &prefix, Access::ReadWrite);
        let prefix = scope.prefix.as_str();
        let key = if own { format!("{prefix}{tail}") } else { format!("{key}{tail}") };
        let boundary = access_boundary(std::slice::from_ref(&scope)).unwrap();
        let under = key.starts_with(prefix);
        prop_assert_eq!(leaves(&boundary, READ, "data", &object("data", &key)), under);
        prop_assert_eq!(leaves(&boundary, WRITE, "data", &object("data", &key)), under);
        prop_assert_eq!(leaves(&boundary, READ, "data", &listing("data", &key)), under);
        prop_assert!(!leaves(&boundary, WRITE, "data", &listing("data", &key)), "writing never lists");
        prop_assert!(!leaves(&boundary, READ, "data-2", &object("data-2", &key)));
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
            Just("resource.name"), Just("."), Just("startsWith"), Just("("), Just(")"), Just("'a'"), Just("&&"), Just("||"),
            Just("!"), Just("=="), Just("in"), Just("["), Just("]"), Just(","), Just("1"), Just("true"), Just("?"), Just(":"),
            Just("request.time.getHours()"), Just("api.getAttribute('x', '')"),
        ], 0..30)
    ) {
        if let Ok(condition) = Condition::parse(&words.join(" ")) {
            let _ = condition.holds(&Context::default());
            prop_assert_eq!(Condition::parse(&condition.to_string()).unwrap(), condition);
        }
    }
}

#[test]
fn calls_that_are_chained_as_deep_as_the_text_allows_are_refused() {
    for chain in [".getDate()", ".extract('{a}')"] {
        let chained = |times: usize| Condition::parse(&format!("request.time{}", chain.repeat(times)));
        assert!(chained(8).is_ok());
        let long = chained((crate::condition::MAX_CONDITION - 20) / chain.len());
        let holds = long.map(|condition| condition.holds(&Context::default()));
        assert!(holds.unwrap_err().message.contains("deeper than"));
    }
}
