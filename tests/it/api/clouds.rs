//! The main job on Google Cloud and Azure, through the program: connect, prove, hand out, take back, account.
//!
//! Doubles decide who may do what; fake-gcs-server and Azurite keep the objects, and Azurite verifies signatures.

use serde_json::{Value, json};
use testkit::azure::{App, Scope};
use testkit::component::{ACCOUNT, azurite};
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{AzuriteFront, EntraFront, GcpFront};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, check};

fn started(config: &str) -> Tidegate {
    let tidegate = Setup::new(PROGRAM).config(config).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    tidegate
}

async fn made(api: &Api, path: &str, asked: &Value) -> Value {
    let answer = api.post(path, asked).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    body(&answer)
}

async fn fetch(url: &str) -> Answer {
    let after_scheme = url.find("://").unwrap() + 3;
    let (origin, target) = url.split_at(after_scheme + url[after_scheme..].find('/').unwrap());
    send(origin, Call::new("GET", target)).await
}

/// Signs, uses, issues, takes back and reads the audit of a datasource `in` that has `in/a b.txt`.
async fn hand_out_and_account(api: &Api, kind: &str) -> Value {
    let listed = body(&api.get("P/datasources/in/objects").await);
    assert_eq!(listed["items"][0]["key"], "in/a b.txt", "{listed}");
    let ask = json!({"keys": ["in/a b.txt"], "method": "GET", "ttl_seconds": 900});
    let signed = body(&api.post("P/datasources/in/urls", &ask).await);
    let url = signed["urls"][0]["url"].as_str().unwrap_or_else(|| panic!("{signed}")).to_owned();
    assert_eq!(fetch(&url).await.text(), "from the customer");
    let outside = json!({"keys": ["other/x"], "method": "GET", "ttl_seconds": 900});
    assert_problem(&api.post("P/datasources/in/urls", &outside).await, 403, "permission_denied", "/keys/0");

    let asked = json!({"access": "read", "prefix": "in/", "ttl_seconds": 1800});
    let issued = made(api, "P/datasources/in/credentials", &asked).await;
    assert_eq!(issued["credential"]["type"], kind, "{issued}");
    assert_eq!(issued["scope"]["prefix"], "in/");
    let shown = body(&api.get(&format!("P/grants/{}", issued["grant_id"].as_str().unwrap())).await);
    assert_eq!((&shown["kind"], &shown["state"]), (&json!("credential"), &json!("live")), "{shown}");
    let revoked = api.post(&format!("P/grants/{}/revoke", issued["grant_id"].as_str().unwrap()), &json!({})).await;
    assert_eq!(body(&revoked)["state"], "revoking", "it ends by itself: {}", revoked.text());

    let audit = body(&api.get("P/audit?action=credential.issue").await);
    let record = &audit["items"][0];
    assert!(!record["details"]["log_ids"].as_object().unwrap().is_empty(), "{record}");
    record["details"]["log_ids"].clone()
}

#[tokio::test]
async fn google_cloud_by_key_from_connecting_to_the_audit_where_a_double_decides() {
    let front = GcpFront::start();
    let url = front.url();
    let endpoints = ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
    let tidegate = started(&format!("{EGRESS}\n[gcp]\n{endpoints}"));
    let api = Api::admin(&tidegate);
    let bucket = front.create_bucket().await;
    bucket.put("in/a b.txt", "from the customer").await;
    let email = front.service_account("lake");
    let key = front.service_account_json("lake");
    let integration = json!({"name": "lake", "method": "gcp-service-account-key",
        "settings": {"key_file": "lake.json"}, "secrets": {"service_account_key": key}});
    let shown = made(&api, "P/integrations", &integration).await;
    assert_eq!(shown["integration"]["state"], "active", "{shown}");
    assert!(!shown.to_string().contains("PRIVATE KEY"));

    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "in/", "purpose": "input"});
    let refused = api.post("P/datasources", &datasource).await;
    assert_problem(&refused, 422, "proof_failed", "");
    let proof = body(&refused)["proof"].clone();
    let remedy = &check(&proof, "list")["remedy"];
    assert!(
        remedy["command"].as_str().unwrap_or_default().contains("gcloud storage buckets add-iam-policy-binding"),
        "{remedy}"
    );

    front.grant(bucket.name(), &format!("serviceAccount:{email}"), "roles/storage.objectViewer");
    let wide = made(&api, "P/datasources", &datasource).await;
    assert_checks(
        &wide["proof"],
        "passed",
        &["list", "read", "signed-url", "scoped-credential", "scope-refuses-sibling"],
    );
    assert_checks(&wide["proof"], "warning", &["excess-other-prefix"]);
    let ids = hand_out_and_account(&api, "gcp").await;
    assert_eq!(ids["service_account"], email, "{ids}");
}

#[tokio::test]
async fn google_cloud_without_any_key_is_bound_to_the_project_where_a_double_decides() {
    use testkit::gcp::PoolProvider;
    use testkit::oidc::IssuerKeys;
    let front = GcpFront::start();
    let url = front.url();
    let documents = testkit::HttpDouble::always(testkit::Reply::new(200, "application/json", "{}"));
    let provider = PoolProvider::named("7", "operators", "tidegate", &documents.url());
    let endpoints = ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
    let audience = provider.audience();
    let config = format!(
        "{EGRESS}\n[issuer]\nurl = \"{}\"\n[gcp]\nidentity_audience = \"{audience}\"\n{endpoints}",
        documents.url()
    );
    let tidegate = started(&config);
    let api = Api::admin(&tidegate);
    let jwks = body(&api.get("issuer").await)["jwks"].clone();
    let setup = body(&api.get("P/setup?method=gcp-cross-project").await);
    let external_id = body(&api.get(&format!("projects/{PROJECT}")).await)["external_id"].as_str().unwrap().to_owned();
    assert_eq!(setup["subject"], format!("project:{external_id}"), "{setup}");
    let member = provider.member(&format!("project:{external_id}"));
    assert!(setup.to_string().contains(&member), "the setup names whom to let in: {setup}");
    let anybody = PoolProvider { keys: IssuerKeys::Given(jwks), ..provider };
    front.trust(anybody);

    let bucket = front.create_bucket().await;
    bucket.put("in/a b.txt", "from the customer").await;
    let email = front.service_account("lake");
    front.grant(bucket.name(), &format!("serviceAccount:{email}"), "roles/storage.objectViewer");
    let integration = json!({"name": "lake", "method": "gcp-cross-project", "settings": {"service_account": email}});
    let wide = "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/operators/*";
    front.grant_account(&email, wide, "roles/iam.serviceAccountTokenCreator");
    let open = api.post("P/integrations", &integration).await;
    assert_problem(&open, 409, "trust_not_enforced", "");
    front.take_back_account(&email, wide);
    front.grant_account(&email, &member, "roles/iam.serviceAccountTokenCreator");
    let shown = made(&api, "P/integrations", &integration).await;
    assert_checks(&shown["proof"], "passed", &["assumes-role", "refuses-wrong-external-id"]);
    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "in/", "purpose": "input"});
    made(&api, "P/datasources", &datasource).await;
    hand_out_and_account(&api, "gcp").await;
}

#[tokio::test]
async fn azure_from_connecting_to_the_audit_where_a_double_decides() {
    let entra = EntraFront::start();
    let front = AzuriteFront::start(&entra);
    let ca = azurite().ca;
    let config = format!(
        "{EGRESS}\nca_file = \"{}\"\n[azure]\nauthority = \"{}\"\nblob_endpoint = \"{}/{{account}}\"",
        ca.display(),
        entra.url(),
        front.url()
    );
    let tidegate = started(&config);
    let api = Api::admin(&tidegate);
    front.set_hierarchical(ACCOUNT.name, true);
    let container = front.create_container().await;
    container.put("in/a b.txt", "from the customer").await;
    let app: App = entra.register();
    let settings = json!({"account": ACCOUNT.name, "tenant_id": entra.tenant(), "client_id": app.client_id, "hierarchical": "true"});
    let integration = |secret: &str| {
        json!({"name": "lake", "method": "azure-client-secret", "settings": settings,
        "secrets": {"client_secret": secret}})
    };
    let wrong = api.post("P/integrations", &integration("wrong-secret~1")).await;
    assert_problem(&wrong, 422, "proof_failed", "");
    assert!(!wrong.text().contains("wrong-secret~1") && wrong.text().contains("AADSTS7000215"), "{}", wrong.text());
    made(&api, "P/integrations", &integration(&app.secret)).await;

    let of_container = || Scope::Container(ACCOUNT.name.to_owned(), container.name().to_owned());
    front.assign(&app.object_id, "Storage Blob Data Reader", of_container());
    front.assign(&app.object_id, "Storage Blob Delegator", Scope::Account(ACCOUNT.name.to_owned()));
    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": container.name(), "prefix": "in/", "purpose": "input"});
    let shown = made(&api, "P/datasources", &datasource).await;
    assert_checks(
        &shown["proof"],
        "passed",
        &["list", "read", "signed-url", "scoped-credential", "scope-refuses-sibling"],
    );
    hand_out_and_account(&api, "azure").await;
}
