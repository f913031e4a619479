use domain::datasource::Purpose;
use domain::integration::ExternalId;
use domain::provider::SetupPlace;
use serde_json::json;

use super::quote::tests::{unshell, untemplate};
use super::*;
use crate::dialect;

const HOSTILE: &str = r#"it's "q" $(rm) `x` ${y} $$${z} %{if} \ *?é"#;

fn place(bucket: &str, prefix: &str, purpose: Purpose) -> SetupPlace {
    SetupPlace {
        bucket: bucket.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        purpose,
        sse: None,
        cors_origin: None,
    }
}

fn ask(places: Vec<SetupPlace>) -> SetupAsk {
    SetupAsk {
        project: "acme".into(),
        external_id: ExternalId::restored("tidegate-0123".into()),
        identity: None,
        settings: domain::integration::Settings::new(),
        integration: Some("farm".into()),
        places,
        server_networks: vec![],
        worker_networks: vec![],
        viewer_networks: vec![],
        vpcs: vec![],
        kms_key_arn: None,
        gsutil: false,
    }
}

fn flavour<'a>(dialect: &'a Dialect, kind: FlavourKind<'a>) -> Flavour<'a> {
    Flavour { dialect, kind, partition: "aws", vendor_title: dialect.title, session_policies: dialect.session_policies }
}

const CROSS: FlavourKind<'static> =
    FlavourKind::CrossAccountRole { principal_arn: "arn:aws:iam::999988887777:role/tidegate" };

/// The documents that the commands write, by file.
fn written(setup: &Setup) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for command in &setup.commands {
        let Some(rest) = command.strip_prefix("printf '%s\\n' ") else { continue };
        if rest.contains("| sed ") {
            continue;
        }
        let (json, file) = rest.rsplit_once(" > ").unwrap();
        out.insert(file.to_owned(), serde_json::from_str(&unshell(json)).unwrap());
    }
    out
}

/// The documents of a Terraform file, in order.
fn heredocs(terraform: &str) -> Vec<Value> {
    let parts = terraform.split("<<TIDEGATE_JSON\n").skip(1);
    parts
        .map(|part| serde_json::from_str(&untemplate(part.split("\nTIDEGATE_JSON\n").next().unwrap())).unwrap())
        .collect()
}

fn everything() -> SetupAsk {
    let mut out = place("data", HOSTILE, Purpose::Output);
    out.cors_origin = Some("https://app.example.com".into());
    SetupAsk {
        server_networks: vec!["198.51.100.0/24".into()],
        viewer_networks: vec!["203.0.113.7/32".into(), "198.51.100.0/24".into()],
        vpcs: vec!["vpc-1".into()],
        kms_key_arn: Some("arn:aws:kms:eu-central-1:111122223333:key/k-1".into()),
        ..ask(vec![place("data", "in", Purpose::Input), out])
    }
}

#[test]
fn all_forms_carry_the_same_documents_even_for_a_hostile_prefix() {
    let setup = setup(&flavour(&dialect::AWS, CROSS), &everything()).unwrap();
    let documents = [
        ("trust.json", setup.trust_policy.clone().unwrap()),
        ("permissions.json", setup.permission_policy.clone().unwrap()),
        ("key-policy.json", setup.kms_key_policy.clone().unwrap()),
        ("bucket-policy-data.json", setup.bucket_policy.clone().unwrap()),
    ];
    let (files, terraform) = (written(&setup), heredocs(&setup.terraform));
    assert_eq!(terraform.len(), documents.len());
    for ((file, document), heredoc) in documents.iter().zip(&terraform) {
        assert_eq!(&files[*file], document);
        assert_eq!(heredoc, document, "{file}");
        assert!(pasted(&setup).contains(document), "{file} is in no step");
    }
    assert_eq!(files["cors-data.json"], setup.cors.unwrap());
}

/// The documents to paste, in the order of the steps.
fn pasted(setup: &Setup) -> Vec<Value> {
    let json = |text: &str| text.find("\n{").map(|at| serde_json::from_str(&text[at..]).unwrap());
    setup.steps.iter().filter_map(|step| json(&step.text)).collect()
}

#[test]
fn a_cross_account_role_needs_external_id_and_role_and_says_so_in_its_steps() {
    let setup = setup(&flavour(&dialect::AWS, CROSS), &ask(vec![place("data", "a", Purpose::Input)])).unwrap();
    assert_eq!(setup.external_id.as_deref(), Some("tidegate-0123"));
    assert_eq!(setup.principal_arn.as_deref(), Some("arn:aws:iam::999988887777:role/tidegate"));
    assert_eq!(setup.role_name.as_deref(), Some("tidegate-farm"));
    assert_eq!(setup.probe_keys, ["a/.tidegate/probe-*"]);
    assert!(setup.bucket_policy.is_none() && setup.kms_key_policy.is_none() && setup.cors.is_none());
    let numbers: Vec<u32> = setup.steps.iter().map(|step| step.number).collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    let text: String = setup.steps.iter().map(|step| step.text.as_str()).collect();
    for part in ["999988887777", "tidegate-0123", "Do not check \"Require MFA\"", "tidegate-farm", "sts:TagSession"] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(
        setup.commands[2..],
        [
            "aws iam create-role --role-name tidegate-farm --assume-role-policy-document file://trust.json",
            "aws iam put-role-policy --role-name tidegate-farm --policy-name tidegate-access --policy-document file://permissions.json",
        ]
    );
}

#[test]
fn several_buckets_get_a_document_each() {
    let mut ask = ask(vec![place("one", "a", Purpose::Input), place("two", "", Purpose::Output)]);
    ask.worker_networks = vec!["192.0.2.0/24".into()];
    let setup = setup(&flavour(&dialect::AWS, CROSS), &ask).unwrap();
    let policies = setup.bucket_policy.unwrap();
    assert_eq!(policies["one"]["Statement"][0]["Resource"], json!(["arn:aws:s3:::one/a/*"]));
    assert_eq!(policies["two"]["Statement"][0]["Resource"], json!(["arn:aws:s3:::two/*"]));
    assert!(setup.notes.iter().any(|note| note.contains("list-only")));
}

#[test]
fn a_user_that_assumes_a_role_is_trusted_by_name() {
    let mut ask = ask(vec![place("data", "a", Purpose::Input)]);
    let unknown = setup(&flavour(&dialect::AWS, FlavourKind::AssumedByUser), &ask).unwrap();
    assert_eq!(unknown.external_id, None);
    assert_eq!(unknown.principal_arn.as_deref(), Some("arn:aws:iam::ACCOUNT_ID:user/tidegate-farm"));
    assert!(unknown.commands.iter().any(|c| c.ends_with(r#"| sed "s|ACCOUNT_ID|$ACCOUNT_ID|g" > trust.json"#)));
    assert!(unknown.terraform.contains("data.aws_caller_identity.current.account_id"));
    ask.settings.insert("role_arn".into(), "arn:aws:iam::111122223333:role/p/own".into());
    ask.settings.insert("external_id".into(), "mine".into());
    let known = setup(&flavour(&dialect::AWS, FlavourKind::AssumedByUser), &ask).unwrap();
    assert_eq!(known.external_id.as_deref(), Some("mine"));
    assert_eq!(known.principal_arn.as_deref(), Some("arn:aws:iam::111122223333:user/tidegate-farm"));
    assert_eq!(known.role_name.as_deref(), Some("own"));
    assert!(known.commands.iter().any(|command| command.contains("create-role --role-name own --path /p/ ")));
}

#[test]
fn a_role_per_user_is_made_for_each_value() {
    let mut ask = ask(vec![place("data", "a", Purpose::Input)]);
    ask.settings.insert("role_arn".into(), "arn:aws:iam::111122223333:role/r-${user.team}".into());
    let setup = setup(&flavour(&dialect::AWS, FlavourKind::AmbientRole { principal_arn: None }), &ask).unwrap();
    assert_eq!(setup.role_name.as_deref(), Some("r-${user.team}"));
    assert!(setup.commands.iter().any(|command| command.contains("--role-name r-TEAM ")));
    assert!(setup.notes.iter().any(|note| note.contains("user property team")));
    assert!(setup.commands.iter().any(|command| command.starts_with(": \"${PRINCIPAL_ARN:?")));
}

#[test]
fn a_user_of_each_store_gets_what_its_store_understands() {
    for dialect in dialect::ALL {
        let ask = ask(vec![place("data", "a", Purpose::Output)]);
        let setup = setup(&flavour(dialect, FlavourKind::User), &ask).unwrap();
        assert_eq!(setup.permission_policy.is_some(), dialect.has_policies(), "{}", dialect.id);
        assert!(!setup.steps.is_empty() && !setup.terraform.is_empty(), "{}", dialect.id);
        assert_eq!(setup.notes.is_empty(), dialect.id == "aws", "{}: {:?}", dialect.id, setup.notes);
        if let Some(policy) = &setup.permission_policy {
            assert_eq!(&heredocs(&setup.terraform)[0], policy, "{}", dialect.id);
            assert_eq!(&written(&setup)["permissions.json"], policy, "{}", dialect.id);
        }
    }
}

#[test]
fn keys_without_policies_are_limited_by_commands() {
    let ask = ask(vec![place("data", "it's", Purpose::Output), place("logs", "", Purpose::Input)]);
    let garage = setup(&flavour(&dialect::GARAGE, FlavourKind::User), &ask).unwrap();
    assert_eq!(
        garage.commands,
        [
            "garage key create tidegate-farm",
            "garage bucket allow --read --write data --key tidegate-farm",
            "garage bucket allow --read logs --key tidegate-farm",
        ]
    );
    let b2 = setup(&flavour(&dialect::BACKBLAZE_B2, FlavourKind::User), &ask).unwrap();
    assert_eq!(
        b2.commands,
        [
            r"b2 key create --bucket data --name-prefix 'it'\''s/' tidegate-farm listAllBucketNames,listFiles,readFiles,writeFiles,deleteFiles",
            "b2 key create --bucket logs tidegate-farm-2 listAllBucketNames,listFiles,readFiles",
        ]
    );
}

#[test]
fn a_store_is_spoken_to_at_its_own_endpoint() {
    let mut ask = ask(vec![place("data", "a", Purpose::Input)]);
    ask.places[0].cors_origin = Some("https://app.example.com".into());
    ask.settings.insert("endpoint".into(), "https://s3.example.com:8333".into());
    let seaweed = setup(&flavour(&dialect::SEAWEEDFS, FlavourKind::User), &ask).unwrap();
    let calls: Vec<&String> = seaweed.commands.iter().filter(|command| command.starts_with("aws ")).collect();
    assert!(!calls.is_empty());
    assert!(calls.iter().all(|call| call.contains("--endpoint-url https://s3.example.com:8333")), "{calls:?}");
    let ceph = setup(&flavour(&dialect::CEPH, FlavourKind::User), &ask).unwrap();
    assert!(ceph.commands.iter().any(|c| c.starts_with("radosgw-admin user create --uid tidegate-farm")));
}

#[test]
fn a_role_at_a_store_is_trusted_by_a_user_of_the_form_that_the_store_has() {
    let ask = ask(vec![place("data", "a", Purpose::Input)]);
    for (dialect, arn, made) in [
        (&dialect::CEPH, "arn:aws:iam:::user/tidegate-farm", true),
        (&dialect::SEAWEEDFS, "arn:aws:iam::000000000000:user/tidegate-farm", false),
        (&dialect::WASABI, "arn:aws:iam::ACCOUNT_ID:user/tidegate-farm", true),
    ] {
        let setup = setup(&flavour(dialect, FlavourKind::AssumedByUser), &ask).unwrap();
        assert_eq!(setup.principal_arn.as_deref(), Some(arn));
        let makes = setup.commands.iter().any(|command| command.contains(" create-role "));
        assert_eq!(makes, made, "{}", dialect.id);
        assert!(setup.commands.iter().any(|command| command.ends_with("> trust.json")), "{}", dialect.id);
    }
}

#[test]
fn a_policy_over_the_limit_or_without_places_is_refused() {
    let many: Vec<SetupPlace> =
        (0..60).map(|n| place("data", &format!("{n}/{}", "x".repeat(100)), Purpose::Input)).collect();
    let error = setup(&flavour(&dialect::AWS, CROSS), &ask(many)).unwrap_err();
    assert!(matches!(error, PolicyError::TooLarge { limit: 10_240, .. }), "{error}");
    assert!(setup(&flavour(&dialect::SEAWEEDFS, FlavourKind::AssumedByUser), &ask(vec![])).is_err());
    assert!(setup(&flavour(&dialect::GARAGE, FlavourKind::User), &ask(vec![])).is_err());
}

#[test]
fn before_any_bucket_is_known_a_role_has_its_trust_policy_and_no_rights() {
    let setup = setup(&flavour(&dialect::AWS, CROSS), &ask(vec![])).unwrap();
    assert_eq!(setup.external_id.as_deref(), Some("tidegate-0123"));
    assert!(setup.trust_policy.is_some() && setup.permission_policy.is_none() && setup.probe_keys.is_empty());
    assert!(setup.steps.iter().any(|step| step.text.contains("name the buckets")));
    let said = format!("{:?}{}", setup.commands, setup.terraform);
    assert!(said.contains("create-role") && said.contains("output \"role_arn\""), "{said}");
    assert!(!said.contains("permissions.json") && !said.contains("aws_iam_role_policy"), "{said}");
    for kind in [FlavourKind::User, FlavourKind::Ambient] {
        assert!(super::setup(&flavour(&dialect::AWS, kind), &ask(vec![])).is_err(), "a user has nothing but rights");
    }
}
