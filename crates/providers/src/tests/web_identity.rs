//! `aws-web-identity`: what a customer applies, and settings that are refused.

use domain::ErrorKind;
use domain::provider::{IssuedSubject, Setup, SetupAsk, SetupPlace};
use serde_json::json;

use super::{ask, methods};

const ROLE: (&str, &str) = ("role_arn", "arn:aws:iam::123456789012:role/tidegate");
const SUBJECT: &str = "project:tidegate-0123:integration:lake";

fn setup(settings: &[(&str, &str)], places: Vec<SetupPlace>) -> Setup {
    let asked = ask(settings, &[]);
    let asked = SetupAsk {
        project: "acme".to_owned(),
        external_id: asked.external_id,
        identity: Some(IssuedSubject {
            issuer: "https://tidegate.example.com".to_owned(),
            project: "project:tidegate-0123".to_owned(),
            integration: Some(SUBJECT.to_owned()),
        }),
        settings: asked.settings,
        integration: Some("lake".to_owned()),
        places,
        server_networks: Vec::new(),
        worker_networks: Vec::new(),
        viewer_networks: Vec::new(),
        vpcs: Vec::new(),
        kms_key_arn: None,
        gsutil: false,
    };
    methods().get("aws-web-identity").unwrap().setup(&asked).unwrap()
}

fn input() -> Vec<SetupPlace> {
    vec![SetupPlace {
        bucket: "data".parse().unwrap(),
        prefix: "in".parse().unwrap(),
        purpose: domain::datasource::Purpose::Input,
        sse: None,
        cors_origin: None,
    }]
}

#[test]
fn golden_commands_make_provider_role_and_rights() {
    insta::assert_snapshot!(setup(&[], input()).commands.join("\n"));
}

#[test]
fn golden_terraform_makes_provider_role_and_rights() {
    insta::assert_snapshot!(setup(&[], input()).terraform);
}

#[test]
fn the_trust_admits_one_subject_and_one_audience_of_one_issuer() {
    let trust = setup(&[ROLE], input()).trust_policy.unwrap();
    let statement = &trust["Statement"][0];
    assert_eq!(
        statement["Principal"],
        json!({"Federated": "arn:aws:iam::123456789012:oidc-provider/tidegate.example.com"})
    );
    assert_eq!(
        statement["Condition"],
        json!({"StringEquals": {
            "tidegate.example.com:aud": ["sts.amazonaws.com"], "tidegate.example.com:sub": [SUBJECT]}})
    );
    assert_eq!(trust["Statement"].as_array().unwrap().len(), 1, "nobody else is let in");
}

#[test]
fn another_sts_and_another_partition_have_an_audience_and_arns_of_their_own() {
    let own = setup(&[("sts_endpoint", "https://sts.example.com/")], input());
    assert_eq!(own.audience.as_deref(), Some("https://sts.example.com"));
    assert!(own.commands[1].ends_with("--client-id-list https://sts.example.com || echo 'it is there already'"));
    let china = setup(&[("region", "cn-north-1")], input());
    assert!(china.trust_policy.unwrap().to_string().contains("arn:aws-cn:iam::ACCOUNT_ID:oidc-provider/"));
}

#[test]
fn settings_of_other_methods_are_refused_where_they_stand_and_say_why() {
    let errors = |settings: &[(&str, &str)]| methods().get("aws-web-identity").unwrap().check(&ask(settings, &[]));
    for (setting, word) in [
        (("external_id", "abc"), "subject"),
        (("access_key_id", "AKIAIOSFODNN7EXAMPLE"), "stores no keys"),
        (("revoke_sessions", "true"), "not denied"),
        (("role_arn", "tidegate"), ""),
        (("role_arn", "arn:aws:iam::12345:role/tidegate"), ""),
        (("role_arn", "arn:aws:iam::123456789012:user/tidegate"), ""),
        (("role_arn", "arn:aws:iam::123456789012:role/team-${user.team}"), ""),
        (("sts_endpoint", "sts.example.com"), ""),
        (("sts_endpoint", "ftp://sts.example.com"), ""),
        (("region", "x.evil.example"), ""),
        (("preset", "ceph"), ""),
    ] {
        let found = errors(&[setting]);
        assert_eq!(found.len(), 1, "{setting:?}: {found:?}");
        assert_eq!(found[0].pointer, format!("/settings/{}", setting.0));
        assert!(found[0].message.contains(word), "{found:?}");
    }
    let other_partition = errors(&[ROLE, ("region", "cn-north-1")]);
    assert_eq!(other_partition[0].pointer, "/settings/role_arn");
    let key = methods().get("aws-web-identity").unwrap().check(&ask(&[ROLE], &[("secret_access_key", b"x")]));
    assert_eq!(key[0].pointer, "/secrets/secret_access_key");
    assert!(errors(&[ROLE, ("region", "eu-west-1")]).is_empty(), "its positive twin");
}

#[test]
fn without_an_issuer_or_a_role_nothing_is_connected_and_it_is_said_what_is_missing() {
    let method = methods().get("aws-web-identity").unwrap();
    assert!(method.check(&ask(&[], &[])).is_empty(), "it can be begun without its role");
    let error = method.connect(ask(&[], &[])).err().unwrap();
    assert_eq!(error.fields()[0].pointer, "/settings/role_arn");
    let error = method.connect(ask(&[ROLE], &[])).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.hint().unwrap().contains("[issuer]"), "{error:?}");
}
