//! Names, ARNs, buckets and prefixes that are none.

use serde_json::{Value, json};

use crate::support::{Api, assert_problem, started};

#[tokio::test]
async fn what_is_no_name_is_pointed_at_wherever_a_name_is_made() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let long = ["a".repeat(64), "a".repeat(64 * 1024)];
    for bad in ["", " ", "a b", "a/b", "../a", "A", "-a", "ü", "a\n", "a\u{0}", "a%20b", &long[0], &long[1]] {
        for (path, body) in [
            ("projects", json!({"name": bad})),
            ("users", json!({"name": bad})),
            ("P/service-accounts", json!({"name": bad})),
            ("P/integrations", json!({"name": bad, "method": "aws-cross-account"})),
            ("P/datasources", json!({"name": bad, "integration": "i", "bucket": "data", "purpose": "input"})),
        ] {
            // Only names of people may be long, and they have their own limit.
            if path == "users" && bad.len() == 64 {
                continue;
            }
            assert_problem(&api.post(path, &body).await, 422, "invalid", "/name");
        }
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_and_changes_nothing() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let integration =
        |region: &str| json!({"name": "i", "method": "aws-cross-account", "settings": {"region": region}});
    let unproven = json!({"name": "lake", "method": "s3-compatible", "proof": "off", "reason": "only the name matters",
        "settings": {"endpoint": "https://s3.example.com", "access_key_id": "AKIA1"},
        "secrets": {"secret_access_key": "s"}});
    let place = json!({"name": "d", "integration": "lake", "bucket": "data", "purpose": "input",
        "proof": {"mode": "off", "reason": "only the name matters"}});
    for (path, body) in [
        ("projects", json!({"name": "p"})),
        ("users", json!({"name": "u"})),
        ("P/service-accounts", json!({"name": "s"})),
        ("P/integrations", integration("eu-west-1")),
        ("P/integrations", unproven),
        ("P/datasources", place),
    ] {
        api.post(path, &body).await.ok();
        assert_problem(&api.post(path, &body).await, 409, "name_taken", "");
    }
    assert_problem(&api.post("P/integrations", &integration("eu-west-2")).await, 409, "name_taken", "");
    let kept = crate::support::body(&api.get("P/integrations/i").await.ok());
    assert_eq!(kept["settings"]["region"], "eu-west-1");
}

/// An integration that is not proven, so that only its settings are looked at.
fn with_role(role_arn: &str, region: Option<&str>) -> Value {
    let mut settings = json!({"role_arn": role_arn, "access_key_id": "AKIAIOSFODNN7EXAMPLE"});
    if let Some(region) = region {
        settings["region"] = region.into();
    }
    json!({"name": "i", "method": "aws-sts", "settings": settings, "secrets": {"secret_access_key": "s"},
        "proof": "off", "reason": "only the form is looked at"})
}

#[tokio::test]
async fn an_arn_that_is_malformed_or_of_another_partition_is_refused_and_every_partition_is_known() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    for bad in [
        "x",
        "arn:aws:iam::123:role/r",
        "arn:aws:iam::123456789012:user/u",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:s3:::data",
        "arn:aws:iam:eu-west-1:123456789012:role/r",
        "arn:aws-moon:iam::123456789012:role/r",
        "arn:aws:iam::123456789012:role/r ",
        "arn:aws:iam::123456789012:role/${user.team}",
    ] {
        assert_problem(&api.post("P/integrations", &with_role(bad, None)).await, 422, "invalid", "/settings/role_arn");
    }
    let other = with_role("arn:aws-cn:iam::123456789012:role/r", Some("eu-west-1"));
    assert_problem(&api.post("P/integrations", &other).await, 422, "invalid", "/settings/role_arn");
    for (at, (partition, region)) in
        [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-northwest-1"), ("aws", "xx-newest-9")].into_iter().enumerate()
    {
        let mut good = with_role(&format!("arn:{partition}:iam::123456789012:role/path/r"), Some(region));
        good["name"] = format!("good-{at}").into();
        let made = crate::support::body(&api.post("P/integrations", &good).await.ok());
        assert_eq!(made["integration"]["state"], "unproven");
    }
}

#[tokio::test]
async fn a_url_is_no_bucket_and_a_prefix_stays_inside() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let place = |bucket: &str, prefix: &str| json!({"name": "d", "integration": "i", "bucket": bucket, "prefix": prefix, "purpose": "input"});
    for bad in ["s3://data", "https://data.s3.amazonaws.com", "arn:aws:s3:::data", "data/in", "Data", "da", "a..b", ""]
    {
        assert_problem(&api.post("P/datasources", &place(bad, "")).await, 422, "invalid", "/bucket");
    }
    let long = "p".repeat(1025);
    for bad in ["/a", "a/../b", "..", "a/..", "./a", "a/./b", "a\u{0}", "a\nb", "a\u{7f}", &long] {
        assert_problem(&api.post("P/datasources", &place("data", bad)).await, 422, "invalid", "/prefix");
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_the_method_are_all_named_together() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let refused = |settings: Value, secrets: Value, method: &str| {
        let body = json!({"name": "i", "method": method, "settings": settings, "secrets": secrets});
        let api = &api;
        async move { api.post("P/integrations", &body).await }
    };
    let answer = refused(json!({"role_arn": "x", "region": "a b", "no_such": "1"}), json!({}), "aws-sts").await;
    for pointer in ["/settings/role_arn", "/settings/region", "/settings/no_such", "/secrets/secret_access_key"] {
        assert_problem(&answer, 422, "invalid", pointer);
    }
    // Blank fields never mean the machine's own identity.
    let blank = refused(json!({"access_key_id": "AKIA1"}), json!({"secret_access_key": ""}), "aws-access-key").await;
    assert_problem(&blank, 422, "invalid", "/secrets/secret_access_key");
    let ambient = refused(json!({}), json!({}), "aws-environment").await;
    assert_problem(&ambient, 403, "permission_denied", "");
    let chosen = refused(json!({"external_id": "mine"}), json!({}), "aws-cross-account").await;
    assert_problem(&chosen, 422, "invalid", "/settings/external_id");
    let newline = json!({"secret_access_key": "secret\n"});
    let newline = refused(json!({"access_key_id": "AKIA1"}), newline, "aws-access-key").await;
    assert_problem(&newline, 422, "invalid", "/secrets/secret_access_key");
    for endpoint in ["s3://data", "ftp://host", "host", "https://host/data", "https://u:p@host", "https://host?x"] {
        let settings = json!({"endpoint": endpoint, "access_key_id": "AKIA1"});
        let answer = refused(settings, json!({"secret_access_key": "s"}), "s3-compatible").await;
        assert_problem(&answer, 422, "invalid", "/settings/endpoint");
    }
    let unknown = refused(json!({}), json!({}), "no-such-method").await;
    assert_problem(&unknown, 422, "invalid", "/method");
}
