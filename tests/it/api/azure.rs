//! Azure, from connecting to what is handed out. Azurite verifies keys and signatures; doubles decide who signs in,
//! which roles he has, and whether the account has folders.

use serde_json::{Value, json};
use testkit::azure::{App, AzureContainer, FederatedCredential, Scope};
use testkit::component::{ACCOUNT, azurite};
use testkit::oidc::IssuerKeys;
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{AzuriteFront, EntraFront};

use super::sealed::the_issuers_key_is_sealed;
use crate::support::{Api, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, check, etag};

const CONTRIBUTOR: &str = "Storage Blob Data Contributor";
const ISSUER: &str = "https://tidegate.example.com";

/// A customer with an account, and Tidegate beside him.
pub(super) struct House {
    entra: EntraFront,
    pub(super) front: AzuriteFront,
    pub(super) container: AzureContainer,
    pub(super) app: App,
    tidegate: Tidegate,
    pub(super) api: Api,
}

impl House {
    pub(super) async fn new() -> Self {
        let entra = EntraFront::start();
        let front = AzuriteFront::start(&entra);
        let (container, app) = (front.create_container().await, entra.register());
        let config = format!(
            "[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca}\n[issuer]\nurl = \"{ISSUER}\"\n[azure]\nauthority = \
             \"{}\"\nblob_endpoint = \"{}/{{account}}\"",
            entra.url(),
            front.url(),
            ca = json!(azurite().ca)
        );
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        Self { entra, front, container, app, tidegate, api }
    }

    pub(super) fn assign(&self, prefix: &str) {
        let account = ACCOUNT.name.to_owned();
        let container = Scope::Container(account.clone(), self.container.name().to_owned());
        self.front.assign_below(&self.app.object_id, CONTRIBUTOR, container, prefix);
        self.front.assign(&self.app.object_id, "Storage Blob Delegator", Scope::Account(account));
    }

    async fn integrate(&self, method: &str, settings: Value, secrets: Value) -> Answer {
        let mut settings = settings;
        settings["account"] = json!(ACCOUNT.name);
        self.api
            .post("P/integrations", &json!({"name": "az", "method": method, "settings": settings, "secrets": secrets}))
            .await
    }

    pub(super) async fn with_secret(&self, hierarchical: bool) -> Answer {
        let settings = json!({"tenant_id": self.entra.tenant(), "client_id": self.app.client_id,
            "hierarchical": hierarchical.to_string()});
        self.integrate("azure-client-secret", settings, json!({"client_secret": self.app.secret})).await
    }

    pub(super) async fn datasource(&self, prefix: &str, purpose: &str) -> Answer {
        let asked = json!({"name": "data", "integration": "az", "bucket": self.container.name(), "prefix": prefix,
            "purpose": purpose});
        self.api.post("P/datasources", &asked).await
    }

    async fn credential(&self, prefix: &str) -> Answer {
        self.api
            .post("P/datasources/data/credentials", &json!({"access": "read", "prefix": prefix, "ttl_seconds": 900}))
            .await
    }
}

async fn fetch(method: &str, url: &str, headers: &Value, body: &'static [u8]) -> Answer {
    let path = url["https://".len()..].find('/').unwrap() + "https://".len();
    let (origin, target) = url.split_at(path);
    let headers = headers.as_object().into_iter().flatten();
    let call =
        headers.fold(Call::new(method, target), |call, (name, value)| call.header(name, value.as_str().unwrap()));
    send(origin, call.body(body)).await
}

#[tokio::test]
async fn an_application_without_a_secret_is_trusted_by_the_login_double_for_one_integration_only() {
    let house = House::new().await;
    house.assign("in/");
    house.container.put("in/a", "from the customer").await.ok();
    let begun = house.integrate("azure-federated", json!({}), json!({})).await;
    assert_eq!((begun.status, &body(&begun)["integration"]["state"]), (201, &json!("pending")), "{}", begun.text());
    let asked = format!("P/integrations/az/setup?bucket={}&prefix=in/&purpose=input", house.container.name());
    let setup = body(&house.api.get(&asked).await);
    let text = |name: &str| setup[name].as_str().unwrap().to_owned();
    let printed = FederatedCredential {
        issuer: text("issuer"),
        subject: text("subject"),
        audience: text("audience"),
        keys: IssuerKeys::Given(body(&house.api.get("issuer").await)["jwks"].clone()),
    };
    assert_eq!(setup["trust_policy"]["subject"], setup["subject"]);
    house.entra.federate(&house.app.client_id, printed);

    let kept = house.api.get("P/integrations/az").await;
    let change = json!({"settings": {"tenant_id": house.entra.tenant(), "client_id": house.app.client_id}});
    let finished = house.api.json("PATCH", "P/integrations/az", &[("if-match", &etag(&kept))], &change).await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    let proof = body(&house.api.post("P/integrations/az/prove", &json!({})).await);
    assert_checks(&proof, "passed", &["reachable", "authenticates", "assumes-role", "refuses-wrong-external-id"]);
    assert_eq!(proof["status"], "passed", "{proof}");

    let made = house.datasource("in/", "input").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let proof = body(&made)["proof"].clone();
    assert_checks(&proof, "passed", &["list", "read", "signed-url"]);
    assert_checks(&proof, "skipped", &["scoped-credential"]);
    assert_checks(&proof, "warning", &["excess-write"]);
    let signed = body(
        &house
            .api
            .post("P/datasources/data/urls", &json!({"keys": ["in/a"], "method": "GET", "ttl_seconds": 900}))
            .await,
    );
    let url = signed["urls"][0]["url"].as_str().unwrap();
    assert_eq!(fetch("GET", url, &json!({}), b"").await.text(), "from the customer");
    the_issuers_key_is_sealed(&house.tidegate, &house.api).await;
}

#[tokio::test]
async fn a_full_proof_over_folders_passes_and_finds_what_is_too_much_with_the_double() {
    let house = House::new().await;
    house.front.set_hierarchical(ACCOUNT.name, true);
    house.assign("team/a/");
    let made = house.with_secret(true).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = house.datasource("team/a/", "input-output").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let proof = body(&made)["proof"].clone();
    let shown = [
        "region",
        "list",
        "read",
        "write-probe",
        "overwrite-probe",
        "read-back",
        "delete-probe",
        "signed-url",
        "scoped-credential",
        "scope-refuses-sibling",
        "scope-refuses-other-verbs",
        "excess-other-prefix",
        "excess-administration",
        "latency",
        "cleanup",
    ];
    assert_checks(&proof, "passed", &shown);
    assert_eq!(house.container.list("").await, Vec::<String>::new());
    let ask = json!({"keys": ["team/a/new"], "method": "PUT", "ttl_seconds": 900});
    let signed = body(&house.api.post("P/datasources/data/urls", &ask).await);
    let (url, headers) = (signed["urls"][0]["url"].as_str().unwrap(), &signed["urls"][0]["headers"]);
    assert_eq!(headers["x-ms-blob-type"], "BlockBlob", "{signed}");
    assert_eq!(fetch("PUT", url, headers, b"x").await.status, 201);
    let issued = house.credential("team/a/sub/").await;
    assert_eq!(issued.status, 201, "{}", issued.text());
    house.front.unassign(&house.app.object_id);
    house.assign("");
    let proof = body(&house.api.post("P/datasources/data/prove", &json!({})).await);
    assert_checks(&proof, "warning", &["excess-other-prefix"]);
    let remedy = &check(&proof, "excess-other-prefix")["remedy"];
    assert!(remedy["policy"].to_string().contains("'team/a/'"), "{remedy}");
}

#[tokio::test]
async fn an_account_without_folders_signs_and_refuses_a_credential_for_a_part() {
    let house = House::new().await;
    house.assign("");
    assert_eq!(house.with_secret(false).await.status, 201);
    let made = house.datasource("in/", "input-output").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let proof = body(&made)["proof"].clone();
    assert_checks(&proof, "passed", &["signed-url", "write-probe", "cleanup"]);
    let scoped = check(&proof, "scoped-credential");
    assert_eq!(scoped["status"], "skipped");
    assert!(scoped["detail"].as_str().unwrap().contains("whole container"), "{scoped}");
    let refused = house.credential("in/").await;
    assert_problem(&refused, 422, "unsupported", "");
    assert!(refused.text().contains("gateway key"), "{}", refused.text());
}

#[tokio::test]
async fn a_right_that_is_missing_fails_with_the_role_that_the_double_wants() {
    let house = House::new().await;
    let made = house.with_secret(false).await;
    assert_eq!(made.status, 201, "the identity is known: {}", made.text());
    let refused = house.datasource("in/", "input").await;
    assert_problem(&refused, 422, "proof_failed", "");
    let proof = body(&refused)["proof"].clone();
    assert_eq!(check(&proof, "list")["provider"]["code"], "AuthorizationPermissionMismatch");
    assert!(check(&proof, "list")["remedy"]["command"].as_str().unwrap().contains("Storage Blob Data Reader"));
    let wrong = json!({"tenant_id": house.entra.tenant(), "client_id": house.app.client_id});
    let wrong = json!({"name": "other", "method": "azure-client-secret", "secrets": {"client_secret": "wrong~value"},
        "settings": {"account": ACCOUNT.name, "tenant_id": wrong["tenant_id"], "client_id": wrong["client_id"]}});
    let refused = house.api.post("P/integrations", &wrong).await;
    assert_problem(&refused, 422, "proof_failed", "");
    assert_eq!(check(&body(&refused)["proof"], "authenticates")["provider"]["code"], "AADSTS7000215");
    assert!(!refused.text().contains("wrong~value"));
}

#[tokio::test]
async fn a_key_proves_with_azurite_and_its_signature_is_used_but_never_handed_out() {
    let house = House::new().await;
    let made = house.integrate("azure-account-key", json!({}), json!({"account_key": ACCOUNT.key})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = house.datasource("", "input-output").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let proof = body(&made)["proof"].clone();
    let shown = [
        "authenticates",
        "region",
        "list",
        "read",
        "write-probe",
        "read-back",
        "signed-url",
        "scoped-credential",
        "scope-refuses-other-verbs",
        "cleanup",
    ];
    assert_checks(&proof, "passed", &shown);
    assert_checks(&proof, "warning", &["excess-administration", "excess-other-bucket"]);
    let issued = body(&house.credential("").await);
    let sas = issued["credential"]["sas_token"].as_str().unwrap_or_else(|| panic!("{issued}")).to_owned();
    assert!(!issued.to_string().contains(ACCOUNT.key));

    let pasted = json!({"name": "sas", "method": "azure-sas", "settings": {"account": ACCOUNT.name}, "secrets": {"sas_token": sas}});
    let made = house.api.post("P/integrations", &pasted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    house.container.put("in/a", "x").await.ok();
    let asked = json!({"name": "pasted", "integration": "sas", "bucket": house.container.name(), "prefix": "in/", "purpose": "input"});
    let made = house.api.post("P/datasources", &asked).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let proof = body(&made)["proof"].clone();
    assert_checks(&proof, "passed", &["list", "read"]);
    assert_checks(&proof, "skipped", &["signed-url", "scoped-credential", "authenticates"]);
    let listed = body(&house.api.get("P/datasources/pasted/objects").await);
    assert_eq!(listed["items"][0]["key"], "in/a", "{listed}");
    let ask = json!({"keys": ["in/a"], "method": "GET", "ttl_seconds": 900});
    assert_problem(&house.api.post("P/datasources/pasted/urls", &ask).await, 422, "unsupported", "");
    let ask = json!({"access": "read", "ttl_seconds": 900});
    assert_problem(&house.api.post("P/datasources/pasted/credentials", &ask).await, 422, "unsupported", "");
}
