use proptest::prelude::*;

use super::*;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn roles_of_all_partitions_and_paths_are_read() {
    for (text, partition, path, name) in [
        ("arn:aws:iam::123456789012:role/x", "aws", "/", "x"),
        ("arn:aws-cn:iam::123456789012:role/a/b/x+=,.@_-", "aws-cn", "/a/b/", "x+=,.@_-"),
        ("arn:aws-us-gov:iam::123456789012:role/x", "aws-us-gov", "/", "x"),
        ("arn:aws-iso-b:iam::123456789012:role/x", "aws-iso-b", "/", "x"),
    ] {
        let role = RoleArn::parse(text).unwrap();
        assert_eq!((role.partition(), role.path().as_str(), role.role_name().as_str()), (partition, path, name));
        assert_eq!(role.account(), "123456789012");
        assert_eq!(role.to_string(), text);
    }
}

#[test]
fn an_empty_account_is_for_stores_only() {
    let text = "arn:aws:iam:::role/x";
    assert_eq!(RoleArn::parse(text), Err(ArnError::Account));
    assert_eq!(RoleArn::parse_for_store(text).unwrap().to_string(), text);
}

#[test]
fn what_is_not_a_role_is_named() {
    for (text, part) in [
        ("tidegate", "give the ARN"),
        ("arn:aws:iam::123456789012:user/x", "of a user"),
        ("arn:aws:sts::123456789012:assumed-role/x/y", "a session"),
        ("arn:aws:s3:::bucket", "of a bucket"),
        ("arn:azure:iam::123456789012:role/x", "not a partition"),
        ("arn:aws-:iam::123456789012:role/x", "not a partition"),
        ("arn:aws:iam:eu-central-1:123456789012:role/x", "no region"),
        ("arn:aws:iam::12345678901:role/x", "twelve digits"),
        ("arn:aws:iam::12345678901a:role/x", "twelve digits"),
        ("arn:aws:iam::123456789012:role/", "1 to 64"),
        ("arn:aws:iam::123456789012:role", "1 to 64"),
        ("arn:aws:iam::123456789012:role/a b", "1 to 64"),
        ("arn:aws:iam::123456789012:role/*", "1 to 64"),
        ("arn:aws:iam::123456789012:role/a*/x", "path"),
        (" arn:aws:iam::123456789012:role/x", "give the ARN"),
        ("arn:aws:iam::123456789012:role/x\n", "1 to 64"),
        ("arn:aws:iam::123456789012:role/${aws:username}", "${user.PROPERTY}"),
        ("arn:aws:iam::123456789012:role/${user.}", "${user.PROPERTY}"),
        ("arn:aws:iam::123456789012:role/${user.x", "${user.PROPERTY}"),
    ] {
        let error = RoleArn::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{}", "x".repeat(65))).is_err());
}

#[test]
fn properties_are_put_in_and_named_when_missing() {
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/t/${user.team}/r-${user.name}-${user.team}").unwrap();
    assert_eq!(role.properties(), ["team", "name"]);
    assert_eq!(role.pattern(), "arn:aws:iam::123456789012:role/t/*/r-*-*");
    assert_eq!(
        role.resolve(&values(&[("team", "red"), ("name", "a.b@c")])).unwrap(),
        "arn:aws:iam::123456789012:role/t/red/r-a.b@c-red"
    );
    let error = role.resolve(&values(&[("team", "red")])).unwrap_err();
    assert_eq!((error.property.as_str(), error.fault), ("name", PropertyFault::Unset));
    let error = role.resolve(&values(&[("team", "red"), ("name", &"n".repeat(64))])).unwrap_err();
    assert_eq!(error.fault, PropertyFault::TooLong);
    assert_eq!(role.without_properties(), Err(ArnError::VariableNotAllowed));
}

#[test]
fn a_property_cannot_leave_its_place() {
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/r-${user.name}").unwrap();
    for bad in ["../admin", "a/b", "a:b", "*", "${user.name}", "a b", "é", "a\n", "?"] {
        let error = role.resolve(&values(&[("name", bad)])).unwrap_err();
        assert_eq!(error.fault, PropertyFault::Characters, "{bad:?}");
    }
    assert!(role.resolve(&values(&[("name", "")])).is_err());
}

#[test]
fn regions_belong_to_partitions() {
    let role = RoleArn::parse("arn:aws-cn:iam::123456789012:role/x").unwrap();
    assert_eq!(role.check_region("cn-north-1"), Ok(()));
    let error = role.check_region("eu-central-1").unwrap_err().to_string();
    assert!(error.contains("'aws'") && error.contains("'aws-cn'"), "{error}");
    assert_eq!(partition_of_region("us-gov-west-1"), "aws-us-gov");
    assert_eq!(partition_of_region("us-east-1"), "aws");
    assert_eq!(account_of("arn:aws:iam::123456789012:role/x"), Some("123456789012"));
    assert_eq!(account_of("arn:aws:iam:::role/x"), None);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_reads_back_the_same(text in "(arn:aws:iam::123456789012:role/)?[a-z/${}.*: é]{0,20}") {
        if let Ok(role) = RoleArn::parse(&text) {
            prop_assert_eq!(role.to_string(), text);
        }
    }
}
