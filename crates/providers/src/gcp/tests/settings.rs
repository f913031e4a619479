//! Settings and key files that must be refused, and where the finger must point.

use domain::ErrorKind;
use domain::provider::SetupAsk;
use serde_json::json;

use super::{EMAIL, OPERATORS, OWN, ask, key_file, method, method_with, subject};
use crate::GcpDeps;

const KEY: &str = "gcp-service-account-key";
const CROSS: &str = "gcp-cross-project";
const POOL: &str = "gcp-workload-identity";

fn pointers(id: &str, settings: &[(&str, &str)], file: Option<&str>) -> Vec<String> {
    method(id).check(&ask(settings, file)).into_iter().map(|error| error.pointer).collect()
}

#[test]
fn whole_settings_pass() {
    let file = key_file().to_string();
    let named = [("project_id", "acme-1"), ("key_file", "acme-0a1b.json")];
    for text in [file.clone(), format!("\u{feff}\r\n{file}\n")] {
        assert_eq!(pointers(KEY, &named, Some(&text)), Vec::<String>::new());
    }
    assert_eq!(pointers(CROSS, &[("service_account", EMAIL), ("project_id", "acme-1")], None), Vec::<String>::new());
    for audience in [OWN.to_owned(), format!("https:{OWN}")] {
        assert_eq!(pointers(POOL, &[("audience", &audience)], None), Vec::<String>::new());
    }
}

#[test]
fn a_key_file_with_a_fault_is_pointed_at_and_not_repeated() {
    let with = |name: &str, value: serde_json::Value| {
        let mut file = key_file();
        file[name] = value;
        file.to_string()
    };
    for (what, file) in [
        ("no JSON", "hunter2".to_owned()),
        ("another type", with("type", json!("authorized_user"))),
        ("a universe", with("universe_domain", json!("example.goog"))),
        ("a foreign token endpoint", with("token_uri", json!("https://evil.example/token"))),
        ("a broken key", with("private_key", json!("-----BEGIN PRIVATE KEY-----\nhunter2"))),
        ("no account", with("client_email", json!("hunter2@example.com"))),
        ("nothing", String::new()),
    ] {
        let errors = method(KEY).check(&ask(&[], Some(&file)));
        assert_eq!(errors.len(), 1, "{what}: {errors:?}");
        assert_eq!(errors[0].pointer, "/secrets/service_account_key", "{what}");
        assert!(!errors[0].message.contains("hunter2"), "{errors:?}");
        assert!(method(KEY).connect(ask(&[], Some(&file))).is_err(), "{what}");
    }
    assert_eq!(pointers(KEY, &[], None), ["/secrets/service_account_key"]);
}

#[test]
fn bytes_that_are_no_text_are_no_key_file() {
    let mut asked = ask(&[], None);
    let bytes = domain::secret::SecretBytes::new(vec![0xff, 0xfe, 0x00]);
    asked.secrets.insert("service_account_key".to_owned(), bytes);
    let errors = method(KEY).check(&asked);
    assert!(errors[0].message.contains("not the JSON of a key file"), "{errors:?}");
}

#[test]
fn a_key_of_another_project_is_refused_naming_both() {
    let errors = method(KEY).check(&ask(&[("project_id", "other-1")], Some(&key_file().to_string())));
    assert_eq!(errors[0].pointer, "/secrets/service_account_key");
    assert!(errors[0].message.contains("acme-1") && errors[0].message.contains("other-1"), "{errors:?}");
}

#[test]
fn a_token_endpoint_of_the_operator_is_taken() {
    let deps = GcpDeps { oauth_endpoint: Some("https://oauth.example.com".to_owned()), ..GcpDeps::default() };
    let mut file = key_file();
    file["token_uri"] = json!("https://oauth.example.com/token");
    assert!(method_with(KEY, deps).check(&ask(&[], Some(&file.to_string()))).is_empty());
}

#[test]
fn accounts_and_pools_that_are_none_are_pointed_at() {
    for bad in ["ann@example.com", "reader", "", "a/b@acme-1.iam.gserviceaccount.com"] {
        assert_eq!(pointers(CROSS, &[("service_account", bad)], None), ["/settings/service_account"], "{bad}");
    }
    for bad in ["tidegate", "//iam.googleapis.com/projects/acme/locations/global/workloadIdentityPools/a/providers/b"] {
        assert_eq!(pointers(POOL, &[("audience", bad)], None), ["/settings/audience"], "{bad}");
    }
    assert_eq!(pointers(CROSS, &[("audience", OPERATORS)], None), ["/settings/audience"], "only the operator sets it");
    assert_eq!(pointers(POOL, &[("sts_endpoint", "https://evil.example")], None), ["/settings/sts_endpoint"]);
    assert_eq!(
        pointers(KEY, &[("storage_endpoint", "x")], Some(&key_file().to_string())),
        ["/settings/storage_endpoint"]
    );
}

#[test]
fn what_comes_later_may_be_missing_and_is_not_connected() {
    for (id, pointer) in [(CROSS, "/settings/service_account"), (POOL, "/settings/audience")] {
        let descriptor = method(id).descriptor();
        assert!(descriptor.waits(&Default::default()) && descriptor.capabilities.keyless, "{id}");
        assert!(method(id).check(&ask(&[], None)).is_empty(), "{id}");
        let error = method(id).connect(ask(&[], None)).err().unwrap();
        assert_eq!(error.fields()[0].pointer, pointer, "{id}");
    }
}

#[test]
fn without_a_pool_of_the_operator_or_an_issuer_it_is_said_who_mends_it() {
    let bare = method_with(CROSS, GcpDeps::default());
    let error = bare.connect(ask(&[("service_account", EMAIL)], None)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains("gcp.identity_audience"), "{error:?}");
    for (id, settings) in [(CROSS, ("service_account", EMAIL)), (POOL, ("audience", OWN))] {
        let mut asked = ask(&[settings], None);
        asked.identity = None;
        let error = method(id).connect(asked).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.hint().unwrap().contains("public_url"), "{error:?}");
    }
}

fn setup_ask(settings: &[(&str, &str)]) -> SetupAsk {
    SetupAsk {
        project: "acme".to_owned(),
        external_id: domain::integration::ExternalId::restored("tidegate-0123".to_owned()),
        identity: Some(subject()),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        integration: Some("farm".to_owned()),
        places: Vec::new(),
        server_networks: Vec::new(),
        worker_networks: Vec::new(),
        viewer_networks: Vec::new(),
        vpcs: Vec::new(),
        kms_key_arn: None,
        gsutil: false,
    }
}

#[test]
fn a_set_up_names_the_subject_of_the_project_or_of_the_integration() {
    let cross = method(CROSS).setup(&setup_ask(&[])).unwrap();
    let trust = cross.trust_policy.unwrap().to_string();
    let of_project = "projects/99/locations/global/workloadIdentityPools/operators/subject/project:tidegate-0123\"";
    assert!(trust.contains(of_project), "{trust}");
    let own = method(POOL).setup(&setup_ask(&[("audience", OWN), ("service_account", EMAIL)])).unwrap();
    let trust = own.trust_policy.unwrap().to_string();
    assert!(trust.contains("assertion.sub == 'project:tidegate-0123:integration:farm'"), "{trust}");
    assert_eq!(own.audience, Some(format!("https:{OWN}")));
    let mut nobody = setup_ask(&[]);
    nobody.identity = None;
    assert_eq!(method(POOL).setup(&nobody).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_pool_without_an_account_is_bound_directly_only_once_it_is_named_so() {
    let before = method(POOL).setup(&setup_ask(&[])).unwrap();
    assert!(before.commands.iter().any(|command| command.contains("service-accounts create")));
    let direct = method(POOL).setup(&setup_ask(&[("audience", OWN)])).unwrap();
    assert!(!direct.commands.iter().any(|command| command.contains("service-accounts")), "{:?}", direct.commands);
}
