//! What people paste that is not a policy alone.

use super::*;

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"}}"#;

fn ids(text: &str) -> Vec<String> {
    found(text, None).into_iter().map(|(_, rule)| rule).collect()
}

#[test]
fn a_sound_policy_has_no_findings_and_nothing_to_mend() {
    assert_eq!(lint(POLICY, None), Report::default());
}

#[test]
fn text_around_a_policy_is_told_with_its_lines_and_cut_off() {
    let page = format!("Create this policy:\n\n{POLICY}\n\nThen {{click}} on Save.\n");
    let report = lint(&page, None);
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    assert_eq!(report.findings[0].id, Rule::TextAroundJson);
    assert!(report.findings[0].message.contains("lines 3 to 3"), "{}", report.findings[0].message);
    assert_eq!(serde_json::json!(report.mended.unwrap()), serde_json::from_str::<serde_json::Value>(POLICY).unwrap());
    let two = lint(&format!("{POLICY}\nand\n{POLICY}"), None);
    assert!(two.findings[0].message.contains("1 more"), "{}", two.findings[0].message);
}

#[test]
fn typographic_quotes_are_straightened() {
    let pasted = POLICY.replacen("\"Version\"", "“Version”", 1).replace(": ", ":\u{a0}");
    assert_eq!(ids(&pasted), ["typographic-quotes"]);
    let mended = lint(&pasted, None).mended.unwrap().to_string();
    assert_eq!(lint(&mended, None), Report::default());
}

#[test]
fn what_is_no_policy_at_all_is_said_so() {
    for (text, id) in [
        ("", "not-json"),
        ("  \n", "not-json"),
        ("<html><body>Sign in</body></html>", "not-json"),
        ("{'Version': '2012-10-17'}", "not-json"),
        (&POLICY[..POLICY.len() - 1], "not-json"),
        ("[]", "unknown-kind"),
        ("{\"a\": 1}", "unknown-kind"),
        ("42", "unknown-kind"),
        ("\"text\"", "unknown-kind"),
        (&"[".repeat(100_000), "too-large"),
        (&" ".repeat(2 * 1024 * 1024), "too-large"),
    ] {
        let report = lint(text, None);
        assert!(report.has_errors() && report.mended.is_none());
        assert_eq!(ids(text), [id], "{:?}", text.get(..30));
    }
}

#[test]
fn a_document_with_two_members_of_one_name_is_not_mended() {
    let twice = POLICY.replacen("\"Action\"", "\"Action\": \"s3:ListBucket\", \"Action\"", 1);
    let report = lint(&twice, None);
    assert!(report.found(Rule::DuplicateKey) && report.mended.is_none());
}

#[test]
fn a_kind_that_is_said_counts() {
    assert!(finds(POLICY, Some(Kind::AwsTrust), Rule::PartOfOtherKind));
    assert!(finds(POLICY, Some(Kind::AwsBucket), Rule::MissingPart));
    assert!(finds("resource.name == 'a'", Some(Kind::Azure), Rule::ConditionInvalid));
    assert_eq!(found("resource.name == 'a'", None), []);
    assert!(finds("resource.name == 'a'", Some(Kind::AwsIdentity), Rule::NotJson));
}

#[test]
fn findings_come_with_errors_first_and_then_in_order() {
    let statements: Vec<String> = (0..12)
        .map(|n| format!(r#"{{"Effect": "Allow", "Action": "s3:HeadObject", "Resource": "arn:aws:s3:::data/{n}x*"}}"#))
        .collect();
    let report = lint(&format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(",")), None);
    let pointers: Vec<&str> = report.findings.iter().map(|finding| finding.pointer.as_str()).collect();
    let expected: Vec<String> = (0..12).map(|n| format!("/Statement/{n}/Action")).collect();
    assert_eq!(pointers[..12], expected);
}

#[test]
fn a_policy_of_a_megabyte_is_examined_in_time_and_its_findings_are_bounded() {
    let statement = r#"{"Effect":"Allow","Action":["s3:*","s3:Foo"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/b*"],"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"#;
    let many = vec![statement; 1_000_000 / (statement.len() + 1)].join(",");
    let report = lint(&format!("{{\"Statement\":[{many}]}}"), None);
    assert!(report.has_errors() && report.findings.len() <= 300 && report.mended.is_some());
}

#[test]
fn documents_that_are_made_to_take_long_are_examined_in_time() {
    let list = |item: &str, length: usize| vec![item; length / (item.len() + 1)].join(",");
    let wide = |action: &str, resource: &str| {
        let (actions, resources) = (list(action, 150_000), list(resource, 150_000));
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":[{resources}]}}]}}"#
        )
    };
    let restricted = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/b/*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}}"#;
    let open = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/b/*"}"#;
    let names = |length: usize| (0..length).map(|n| format!("'{n:x}'")).collect::<Vec<_>>().join(",");
    let many = format!(
        "((!(ActionMatches{{'{blobs}/read'}})) OR (@Resource[{container}] ForAnyOfAnyValues:StringEquals {{{names}}} AND \
         @Resource[{path}] ForAnyOfAnyValues:StringEquals {{{names}}} AND 1 NumericEquals 2))",
        blobs = crate::azure::BLOBS,
        container = crate::azure::CONTAINER_NAME,
        path = crate::azure::BLOB_PATH,
        names = names(1_200)
    );
    let assignments = (0..60).map(|n| {
        format!(r#"{{"principalId":"{n}","scope":"/a","roleDefinitionName":"Storage Blob Data Reader","condition":"{many}"}}"#)
    });
    let each = |n: usize, condition: &str| {
        let resources: Vec<_> = (0..20).map(|r| format!(r#""arn:aws:s3:::a/{}{n}-{r}*""#, "?*".repeat(200))).collect();
        format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":[{}]{condition}}}"#, resources.join(","))
    };
    let ours = r#","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#;
    let pairs: Vec<_> = (0..20).flat_map(|n| [each(n, ours), each(n + 20, "")]).collect();
    for text in [
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, pairs.join(",")),
        format!("[{}]", assignments.collect::<Vec<_>>().join(",")),
        wide(r#""s3:GetObject""#, r#""arn:aws:s3:::a""#),
        wide(r#""s3:ListBucket""#, r#""arn:aws:s3:::a/b/*""#),
        wide(r#""s3:Foo*""#, r#""arn:aws:s3:::*a*a*a*a*""#),
        format!(r#"{{"Statement":[{},{}]}}"#, list(restricted, 150_000), list(open, 150_000)),
        format!(r#"{{"Statement":"{}"}}"#, "<".repeat(1_000_000)),
        format!(r#"{{"Statement":"{}>"}}"#, "<a".repeat(500_000)),
        format!(r#"{{"Statement":"{}}}"}}"#, "{".repeat(1_000_000)),
        "{".repeat(1_000_000),
        "{\"a\":".repeat(150_000),
        format!("@Resource[{}", "a".repeat(1_000_000)),
        format!("resource.name == '{}", "a".repeat(15_000)),
    ] {
        let _ = lint(&text, None);
    }
}
