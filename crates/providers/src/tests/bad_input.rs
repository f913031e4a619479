//! Settings that must be refused, and where the finger must point.

use domain::ErrorKind;

use super::{ask, methods};

const ROLE: (&str, &str) = ("role_arn", "arn:aws:iam::123456789012:role/tidegate");
const KEY: (&str, &str) = ("access_key_id", "AKIAIOSFODNN7EXAMPLE");
const SECRET: (&str, &[u8]) = ("secret_access_key", b"wJalrXUtnFEMI");

fn pointers(method: &str, settings: &[(&str, &str)], secrets: &[(&str, &[u8])]) -> Vec<String> {
    let errors = methods().get(method).unwrap().check(&ask(settings, secrets));
    errors.into_iter().map(|error| error.pointer).collect()
}

fn refused(method: &str, settings: &[(&str, &str)], secrets: &[(&str, &[u8])], pointer: &str) {
    assert_eq!(pointers(method, settings, secrets), [pointer], "{method} {settings:?}");
}

#[test]
fn role_arns_that_are_none_are_pointed_at() {
    for bad in [
        "tidegate",
        "arn:aws:iam::12345:role/tidegate",
        "arn:aws:iam::123456789012:user/tidegate",
        "arn:aws:s3:::data",
        "arn:aws:iam:::role/tidegate",
        "arn:azure:iam::123456789012:role/tidegate",
        "arn:aws:iam::123456789012:role/team-${user.team}",
        "arn:aws:iam::123456789012:role/tidegate ",
        "",
    ] {
        refused("aws-cross-account", &[("role_arn", bad)], &[], "/settings/role_arn");
    }
    refused(
        "aws-assume-role",
        &[("role_arn", "arn:aws:iam::123456789012:role/${host.name}")],
        &[],
        "/settings/role_arn",
    );
}

#[test]
fn a_role_of_another_partition_than_the_region_is_pointed_at() {
    refused("aws-cross-account", &[ROLE, ("region", "cn-north-1")], &[], "/settings/role_arn");
    refused("aws-sts", &[ROLE, KEY, ("region", "us-gov-west-1")], &[SECRET], "/settings/role_arn");
    refused(
        "aws-access-key",
        &[KEY, ("region", "eu-west-1"), ("sts_region", "cn-north-1")],
        &[SECRET],
        "/settings/sts_region",
    );
}

#[test]
fn other_partitions_pass() {
    for (role, region) in [
        ("arn:aws-cn:iam::123456789012:role/x", "cn-northwest-1"),
        ("arn:aws-us-gov:iam::123456789012:role/x", "us-gov-east-1"),
    ] {
        for settings in [vec![("role_arn", role), ("region", region)], vec![("role_arn", role)]] {
            assert_eq!(pointers("aws-cross-account", &settings, &[]), Vec::<String>::new());
        }
    }
}

#[test]
fn endpoints_that_are_not_origins_are_pointed_at() {
    for bad in [
        "s3://data",
        "https://h/data",
        "https://data.s3.eu-west-1.amazonaws.com",
        "h:9000",
        "https://u:p@h",
        "ftp://h",
        "",
    ] {
        refused("s3-compatible", &[KEY, ("endpoint", bad)], &[SECRET], "/settings/endpoint");
        refused("aws-access-key", &[KEY, ("public_endpoint", bad)], &[SECRET], "/settings/public_endpoint");
    }
}

#[test]
fn secrets_with_surrounding_white_space_are_refused() {
    for bad in [b"secret\n".as_slice(), b" secret", b"secret\r\n", b"\tsecret"] {
        refused("aws-access-key", &[KEY], &[("secret_access_key", bad)], "/secrets/secret_access_key");
    }
    let error = methods().get("aws-access-key").unwrap().check(&ask(&[KEY], &[("secret_access_key", b"hunter2\n")]));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn blank_values_never_mean_the_identity_of_the_machine() {
    refused("aws-access-key", &[KEY], &[], "/secrets/secret_access_key");
    refused("aws-access-key", &[KEY], &[("secret_access_key", b"")], "/secrets/secret_access_key");
    refused("aws-access-key", &[("access_key_id", "")], &[SECRET], "/settings/access_key_id");
    refused("aws-access-key", &[("access_key_id", "  ")], &[SECRET], "/settings/access_key_id");
    refused("aws-access-key", &[], &[SECRET], "/settings/access_key_id");
}

#[test]
fn keys_of_any_length_up_to_a_kibibyte_pass() {
    for length in [1, 20, 128, 1024] {
        let (key, secret) = ("K".repeat(length), vec![0x80; length]);
        let settings = [("endpoint", "https://s3.example.com"), ("access_key_id", key.as_str())];
        assert_eq!(pointers("s3-compatible", &settings, &[("secret_access_key", &secret)]), Vec::<String>::new());
    }
    let over = "K".repeat(64 * 1024);
    refused(
        "s3-compatible",
        &[("endpoint", "https://h"), ("access_key_id", &over)],
        &[SECRET],
        "/settings/access_key_id",
    );
}

#[test]
fn unknown_names_are_refused_where_they_stand() {
    refused("aws-cross-account", &[ROLE, ("bucket", "x")], &[], "/settings/bucket");
    refused("aws-cross-account", &[ROLE, ("a/b~c", "x")], &[], "/settings/a~1b~0c");
    refused("aws-cross-account", &[ROLE], &[SECRET], "/secrets/secret_access_key");
    refused("aws-access-key", &[KEY, ("secret_access_key", "x")], &[SECRET], "/settings/secret_access_key");
    refused("aws-access-key", &[KEY, ROLE], &[SECRET], "/settings/role_arn");
}

#[test]
fn what_only_the_operator_decides_is_not_taken_from_a_tenant() {
    refused("aws-cross-account", &[ROLE, ("external_id", "mine")], &[], "/settings/external_id");
    refused("aws-cross-account", &[ROLE, ("sts_endpoint", "https://evil.example")], &[], "/settings/sts_endpoint");
    refused("aws-environment", &[("sts_endpoint", "https://evil.example")], &[], "/settings/sts_endpoint");
    refused("aws-assume-role", &[ROLE, ("external_id", "mine")], &[], "/settings/external_id");
}

#[test]
fn choices_and_regions_are_checked() {
    refused("aws-access-key", &[KEY, ("addressing", "dns")], &[SECRET], "/settings/addressing");
    refused("aws-access-key", &[KEY, ("region", "x.evil.example")], &[SECRET], "/settings/region");
    refused("aws-sts", &[KEY, ROLE, ("revoke_sessions", "yes")], &[SECRET], "/settings/revoke_sessions");
    refused("aws-sts", &[KEY, ROLE, ("external_id", "a\"b")], &[SECRET], "/settings/external_id");
    refused("aws-access-key", &[("access_key_id", "ASIAIOSFODNN7EXAMPLE")], &[SECRET], "/settings/access_key_id");
    refused("s3-compatible", &[KEY, ("preset", "dropbox"), ("endpoint", "https://h")], &[SECRET], "/settings/preset");
}

#[test]
fn a_store_is_asked_for_what_it_does_not_fix_itself() {
    refused("s3-compatible", &[KEY], &[SECRET], "/settings/endpoint");
    refused("s3-compatible", &[KEY, ("preset", "cloudflare-r2")], &[SECRET], "/settings/endpoint");
    refused("s3-compatible", &[KEY, ("preset", "backblaze-b2")], &[SECRET], "/settings/region");
    refused(
        "s3-compatible",
        &[KEY, ("preset", "garage"), ("endpoint", "https://h"), ROLE],
        &[SECRET],
        "/settings/role_arn",
    );
    refused(
        "s3-compatible",
        &[KEY, ("endpoint", "https://h"), ("external_id", "abc")],
        &[SECRET],
        "/settings/external_id",
    );
    let ceph = [KEY, ("preset", "ceph"), ("endpoint", "https://h"), ("role_arn", "arn:aws:iam:::role/R")];
    assert_eq!(pointers("s3-compatible", &ceph, &[SECRET]), Vec::<String>::new(), "an empty account is Ceph's");
}

#[test]
fn ambient_methods_need_the_operators_permission() {
    let registry = methods();
    for method in ["aws-environment", "aws-assume-role"] {
        let settings: &[_] = if method == "aws-assume-role" { &[ROLE] } else { &[] };
        let mut other = ask(settings, &[]);
        other.project = "other".to_owned();
        let error = registry.get(method).unwrap().connect(other).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.hint().unwrap().contains("aws.allow_ambient"));
        assert!(registry.get(method).unwrap().connect(ask(settings, &[])).is_ok());
    }
}

#[test]
fn a_partition_without_an_identity_names_what_the_operator_must_configure() {
    let method = methods().get("aws-cross-account").unwrap();
    let error = method.connect(ask(&[("role_arn", "arn:aws-cn:iam::123456789012:role/x")], &[])).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains("[aws.identity.aws-cn]"));
}

#[test]
fn without_its_role_an_integration_is_checked_but_not_connected() {
    let method = methods().get("aws-cross-account").unwrap();
    assert!(method.check(&ask(&[("region", "eu-west-1")], &[])).is_empty());
    let error = method.connect(ask(&[("region", "eu-west-1")], &[])).err().unwrap();
    assert_eq!(error.fields()[0].pointer, "/settings/role_arn");
}
