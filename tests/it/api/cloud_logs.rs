//! Our audit and the cloud's own log, joined as `docs/cloud-logs.md` says: each id in the audit is one that was sent.
//!
//! SeaweedFS, fake-gcs-server and Azurite keep no log of the kind; what they were sent stands for it, as doubles saw it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::azure::{AzureCall, Scope};
use testkit::component::{ACCOUNT, azurite};
use testkit::gcp::GcpCall;
use testkit::tidegate::Setup;
use testkit::{AzuriteFront, EntraFront, GcpFront};

use crate::cli::account::Connected;
use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body};

/// What the audit's newest record of this action names.
async fn log_ids(api: &Api, action: &str) -> Value {
    let audit = body(&api.get(&format!("P/audit?action={action}")).await);
    let records = audit["items"].as_array().unwrap();
    records.last().unwrap_or_else(|| panic!("no record of {action}"))["details"]["log_ids"].clone()
}

/// A URL for one object of the datasource `in`.
async fn signed(api: &Api, key: &str) -> String {
    let ask = json!({"keys": [key], "method": "GET", "ttl_seconds": 900});
    let answer = body(&api.post("P/datasources/in/urls", &ask).await);
    answer["urls"][0]["url"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn issued(api: &Api, prefix: &str) -> Value {
    let ask = json!({"access": "read", "prefix": prefix, "ttl_seconds": 900});
    let answer = body(&api.post("P/datasources/in/credentials", &ask).await);
    assert!(answer["credential"].is_object(), "{answer}");
    answer["credential"].clone()
}

/// A parameter of a URL or of a signature, decoded.
fn parameter(text: &str, name: &str) -> String {
    let mut pairs = text.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no {name} in {text}"));
    percent_encoding::percent_decode_str(found.1).decode_utf8().unwrap().into_owned()
}

#[tokio::test]
async fn a_role_session_is_the_one_of_the_audit_and_named_after_the_person() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let url = signed(&api, "in/a b+c.txt").await;
    let ids = log_ids(&api, "url.sign").await;
    assert_eq!(ids["access_key_id"], parameter(&url, "X-Amz-Credential").split('/').next().unwrap());

    let credential = issued(&api, "in/").await;
    let ids = log_ids(&api, "credential.issue").await;
    assert_eq!(ids["access_key_id"], credential["access_key_id"]);
    let calls = connected.account.front.calls_of("AssumeRole");
    let opened = calls.last().unwrap();
    let name = opened.form.get("RoleSessionName").unwrap();
    assert_eq!(opened.form.get("SourceIdentity"), Some(name));
    assert_eq!(ids["session_arn"].as_str().unwrap().rsplit('/').next(), Some(name), "{ids}");
    let record = body(&api.get("P/audit?action=credential.issue").await)["items"][0].clone();
    assert!(
        record["principal"].to_string().contains(&format!("\"{name}\"")),
        "named after the person: {name} {record}"
    );
}

#[tokio::test]
async fn a_key_of_google_is_the_one_of_the_audit_as_the_double_saw_it() {
    let front = GcpFront::start();
    let url = front.url();
    let endpoints = ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
    let tidegate = Setup::new(PROGRAM).config(&format!("{EGRESS}\n[gcp]\n{endpoints}")).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    let api = Api::admin(&tidegate);
    let bucket = front.create_bucket().await;
    bucket.put("in/a", "from the customer").await;
    let email = front.service_account("lake");
    front.grant(bucket.name(), &format!("serviceAccount:{email}"), "roles/storage.objectViewer");
    let integration = json!({"name": "lake", "method": "gcp-service-account-key",
        "secrets": {"service_account_key": front.service_account_json("lake")}});
    let made = api.post("P/integrations", &integration).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "in/", "purpose": "input"});
    let made = api.post("P/datasources", &datasource).await;
    assert_eq!(made.status, 201, "{}", made.text());

    let url = signed(&api, "in/a").await;
    let ids = log_ids(&api, "url.sign").await;
    assert_eq!(ids["service_account"], parameter(&url, "X-Goog-Credential").split('/').next().unwrap());
    issued(&api, "in/").await;
    assert_eq!(log_ids(&api, "credential.issue").await, ids);
    let asked = front.calls_of(GcpCall::Token);
    let assertion = asked.last().unwrap().body["assertion"].as_str().unwrap().to_owned();
    let header = URL_SAFE_NO_PAD.decode(assertion.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(ids["key_id"], header["kid"], "the key that asked for the token");
    assert_eq!(asked.last().unwrap().principal, Some(format!("serviceAccount:{email}")));
}

/// What is signed carries the same id: `crates/providers/tests/it/contract/logs.rs` shows it, as Azurite, which has the
/// account in the path, does not sign the id as Azure does.
#[tokio::test]
async fn an_id_of_azure_is_the_one_of_the_audit_as_the_double_saw_it() {
    let entra = EntraFront::start();
    let front = AzuriteFront::start(&entra);
    let (container, app) = (front.create_container().await, entra.register());
    front.set_hierarchical(ACCOUNT.name, true);
    let account = Scope::Account(ACCOUNT.name.to_owned());
    front.assign(&app.object_id, "Storage Blob Data Reader", account.clone());
    front.assign(&app.object_id, "Storage Blob Delegator", account);
    container.put("in/a", "from the customer").await.ok();
    let config = format!(
        "[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {}\n[azure]\nauthority = \"{}\"\nblob_endpoint = \"{}/{{account}}\"",
        json!(azurite().ca),
        entra.url(),
        front.url(),
    );
    let mut tidegate = Setup::new(PROGRAM).config(&config).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    let api = Api::admin(&tidegate);
    let settings = json!({"account": ACCOUNT.name, "tenant_id": entra.tenant(), "client_id": app.client_id,
        "hierarchical": "true"});
    let integration = json!({"name": "lake", "method": "azure-client-secret", "settings": settings,
        "secrets": {"client_secret": app.secret}});
    let made = api.post("P/integrations", &integration).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": container.name(), "prefix": "in/", "purpose": "input"});
    let made = api.post("P/datasources", &datasource).await;
    assert_eq!(made.status, 201, "{}", made.text());

    // A server that knows nothing yet has to ask for the key that signs, in the session that the audit names.
    assert_eq!(tidegate.stop(), Some(0));
    tidegate.start();
    let api = Api::admin(&tidegate);
    let seen = front.calls().len();
    signed(&api, "in/a").await;
    let ids = log_ids(&api, "url.sign").await;
    assert_eq!((&ids["client_id"], &ids["object_id"]), (&json!(app.client_id), &json!(app.object_id)), "{ids}");
    let calls = front.calls().split_off(seen);
    let key = calls.iter().find(|call| call.call == AzureCall::DelegationKey).unwrap();
    assert_eq!(key.client_request_id.as_deref(), ids["correlation_id"].as_str(), "{ids}");
    assert_eq!(key.principal.as_deref(), ids["object_id"].as_str());

    let credential = issued(&api, "in/").await;
    let narrowed = log_ids(&api, "credential.issue").await;
    assert_eq!(parameter(credential["sas_token"].as_str().unwrap(), "skoid"), app.object_id);
    assert_eq!((&narrowed["client_id"], &narrowed["object_id"]), (&ids["client_id"], &ids["object_id"]));
    assert_ne!(narrowed["correlation_id"], ids["correlation_id"], "another session, another id");
}
