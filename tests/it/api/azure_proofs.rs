//! What a proof finds on Azure, and what it says mends it. Azurite verifies signatures and keeps the rules of web
//! pages; doubles decide who signs in, which roles he has, and whether the account has folders.

use serde_json::{Value, json};
use testkit::azure::{App, AzureContainer, Scope};
use testkit::component::{ACCOUNT, AzureAccount, OTHER_ACCOUNT, azurite};
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{AzuriteFront, EntraFront};

use crate::support::{Api, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, check, etag};

const ORIGIN: &str = "https://app.example.com";
const READER: &str = "Storage Blob Data Reader";
const DELEGATOR: &str = "Storage Blob Delegator";

/// A customer with an account, and Tidegate beside him.
struct House {
    entra: EntraFront,
    front: AzuriteFront,
    account: AzureAccount,
    container: AzureContainer,
    app: App,
    tidegate: Tidegate,
    api: Api,
}

impl House {
    async fn of(account: AzureAccount) -> Self {
        let entra = EntraFront::start();
        let front = AzuriteFront::start(&entra);
        let (container, app) = (AzureContainer::create(account).await, entra.register());
        container.put("in/a.txt", "from the customer").await.ok();
        let config = format!(
            "[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca}\n[azure]\nauthority = \"{}\"\n\
             blob_endpoint = \"{}/{{account}}\"",
            entra.url(),
            front.url(),
            ca = json!(azurite().ca)
        );
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        Self { entra, front, account, container, app, tidegate, api }
    }

    fn reads(&self, app: &App) {
        let container = Scope::Container(self.account.name.to_owned(), self.container.name().to_owned());
        self.front.assign_below(&app.object_id, READER, container, "in/");
    }

    fn signs(&self, app: &App) {
        self.front.assign(&app.object_id, DELEGATOR, Scope::Account(self.account.name.to_owned()));
    }

    fn reads_and_signs(&self, app: &App) {
        self.reads(app);
        self.signs(app);
    }

    async fn integrate(&self, hierarchical: bool) {
        let settings = json!({"account": self.account.name, "tenant_id": self.entra.tenant(),
            "client_id": self.app.client_id, "hierarchical": hierarchical.to_string()});
        let ask = json!({"name": "az", "method": "azure-client-secret", "settings": settings,
            "secrets": {"client_secret": self.app.secret}});
        let made = self.api.post("P/integrations", &ask).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }

    fn place(&self) -> Value {
        json!({"name": "in", "integration": "az", "bucket": self.container.name(), "prefix": "in/", "purpose": "input"})
    }

    /// The proof of a datasource that is kept whatever the proof says.
    async fn proof_of(&self, place: &Value) -> Value {
        let mut place = place.clone();
        place["keep"] = json!(true);
        let made = self.api.post("P/datasources", &place).await;
        assert_eq!(made.status, 201, "{}", made.text());
        body(&made)["proof"].clone()
    }

    async fn proven_again(&self) -> Value {
        body(&self.api.post("P/datasources/in/prove", &json!({})).await)
    }

    async fn change(&self, change: &Value) -> Answer {
        let revision = etag(&self.api.get("P/integrations/az").await);
        self.api.json("PATCH", "P/integrations/az", &[("if-match", &revision)], change).await
    }

    /// Sets the rules of web pages of the whole account, as its owner.
    async fn set_rules(&self, rules: &Value) {
        let owner = self.entra.register();
        self.front.assign(&owner.object_id, "Contributor", Scope::Account(self.account.name.to_owned()));
        let words = |rule: &Value, name: &str| {
            rule[name].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(",")
        };
        let rules: String = rules.as_array().unwrap().iter().map(|rule| {
            format!(
                "<CorsRule><AllowedOrigins>{}</AllowedOrigins><AllowedMethods>{}</AllowedMethods><MaxAgeInSeconds>{}\
                 </MaxAgeInSeconds><ExposedHeaders>{}</ExposedHeaders><AllowedHeaders>{}</AllowedHeaders></CorsRule>",
                words(rule, "allowedOrigins"),
                words(rule, "allowedMethods"),
                rule["maxAgeInSeconds"],
                words(rule, "exposedHeaders"),
                words(rule, "allowedHeaders")
            )
        }).collect();
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties><Cors>{rules}</Cors></StorageServiceProperties>"
        );
        let call = Call::new("PUT", &format!("/{}?restype=service&comp=properties", self.account.name));
        let call = call.header("authorization", &format!("Bearer {}", self.entra.access_token(&owner.client_id)));
        let answer = send(&self.front.url(), call.header("x-ms-version", "2025-11-05").body(document)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
}

fn command<'a>(proof: &'a Value, name: &str) -> &'a str {
    let found = check(proof, name);
    found["remedy"]["command"].as_str().unwrap_or_else(|| panic!("no command mends it: {found}"))
}

#[tokio::test]
async fn web_pages_that_azurite_does_not_let_in_warn_until_the_remedy_is_applied() {
    // The rules are the account's: no other test here has this one.
    let house = House::of(OTHER_ACCOUNT).await;
    house.set_rules(&json!([])).await;
    house.reads_and_signs(&house.app);
    house.integrate(false).await;
    let mut place = house.place();
    place["cors_origin"] = json!(ORIGIN);
    let proof = house.proof_of(&place).await;
    assert_eq!(proof["status"], "passed", "it never fails a proof: {proof}");
    assert_checks(&proof, "warning", &["cors"]);
    let start = format!(
        "az storage cors add --account-name {} --services b --methods GET HEAD OPTIONS --origins {ORIGIN} ",
        OTHER_ACCOUNT.name
    );
    assert!(command(&proof, "cors").starts_with(&start), "{}", command(&proof, "cors"));

    let remedy = check(&proof, "cors")["remedy"]["policy"].clone();
    let mut other = remedy.clone();
    other[0]["allowedOrigins"] = json!(["https://other.example.com"]);
    house.set_rules(&other).await;
    assert_checks(&house.proven_again().await, "warning", &["cors"]);
    house.set_rules(&remedy).await;
    assert_checks(&house.proven_again().await, "passed", &["cors", "signed-url"]);
    house.set_rules(&json!([])).await;
}

#[tokio::test]
async fn who_reads_but_may_not_sign_fails_with_the_role_that_the_double_wants() {
    let house = House::of(ACCOUNT).await;
    house.reads(&house.app);
    house.front.set_hierarchical(ACCOUNT.name, true);
    house.integrate(true).await;
    let proof = house.proof_of(&house.place()).await;
    assert_checks(&proof, "passed", &["list", "read"]);
    assert_checks(&proof, "failed", &["signed-url", "scoped-credential"]);
    for name in ["signed-url", "scoped-credential"] {
        let run = command(&proof, name);
        assert!(run.contains(&format!("--role '{DELEGATOR}' --scope \"$ACCOUNT_ID\"")), "{run}");
        assert!(run.contains(&format!("az ad sp show --id {}", house.app.client_id)), "{run}");
        assert!(run.contains(&format!("az storage account show --name {}", ACCOUNT.name)), "{run}");
        let failed = check(&proof, name);
        assert_eq!(failed["remedy"]["policy"]["roleAssignments"][0]["roleDefinitionName"], DELEGATOR, "{failed}");
        assert_eq!(failed["provider"]["code"], "AuthorizationPermissionMismatch", "{failed}");
        assert_eq!(failed["provider"]["http_status"], 403, "{failed}");
    }
    house.signs(&house.app);
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["signed-url", "scoped-credential", "scope-refuses-sibling"]);
    assert_eq!(proof["status"], "passed", "{proof}");
}

#[tokio::test]
async fn folders_that_the_account_of_the_double_has_not_fail_with_the_setting_to_change() {
    let house = House::of(ACCOUNT).await;
    house.reads_and_signs(&house.app);
    house.front.set_hierarchical(ACCOUNT.name, false);
    house.integrate(true).await;
    let proof = house.proof_of(&house.place()).await;
    assert_checks(&proof, "failed", &["region"]);
    let region = check(&proof, "region");
    assert!(region["detail"].as_str().unwrap().contains("although hierarchical is set to true"), "{region}");
    assert!(region["remedy"]["summary"].as_str().unwrap().contains("set hierarchical to false"), "{region}");
    assert_eq!(proof["status"], "failed");

    let changed = house.change(&json!({"settings": {"hierarchical": "false"}})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["region", "signed-url"]);
    assert!(check(&proof, "region")["detail"].as_str().unwrap().contains("no hierarchical namespace, as set"));
    // What is then not possible is said, with the way out, and is no failure.
    assert_checks(&proof, "skipped", &["scoped-credential"]);
    let summary = check(&proof, "scoped-credential")["remedy"]["summary"].as_str().unwrap();
    assert!(summary.contains("a container of its own") && summary.contains("signed URLs"), "{summary}");
    assert_eq!(proof["status"], "passed", "{proof}");

    house.front.set_hierarchical(ACCOUNT.name, true);
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["region"]);
    assert!(check(&proof, "region")["detail"].as_str().unwrap().contains("set hierarchical to true"), "{proof}");
}

#[tokio::test]
async fn rights_that_an_input_does_not_need_warn_with_the_role_that_is_enough_where_doubles_decide() {
    let house = House::of(ACCOUNT).await;
    let account = || Scope::Account(ACCOUNT.name.to_owned());
    house.front.assign(&house.app.object_id, "Storage Blob Data Contributor", account());
    house.signs(&house.app);
    house.front.set_hierarchical(ACCOUNT.name, false);
    house.integrate(false).await;
    let proof = house.proof_of(&house.place()).await;
    assert_checks(&proof, "warning", &["excess-write", "excess-other-prefix", "excess-other-bucket"]);
    for name in ["excess-write", "excess-other-prefix", "excess-other-bucket"] {
        let run = command(&proof, name);
        assert!(run.contains(&format!("--role '{READER}'")), "{run}");
        assert!(run.contains(&format!("/containers/{}", house.container.name())), "{run}");
        assert!(run.contains("--condition ") && run.contains("in/"), "the condition on the path: {run}");
    }
    // The set-up, to which the remedy points, has the same as Terraform.
    let remedy = &check(&proof, "excess-write")["remedy"];
    assert!(remedy["summary"].as_str().unwrap().ends_with("'tidegate integration setup' prints it for Terraform"));
    let setup = body(&house.api.get("P/integrations/az/setup").await);
    let condition = &remedy["policy"]["roleAssignments"][0]["condition"];
    for line in [format!("role_definition_name = \"{READER}\""), format!("condition            = {condition}")] {
        assert!(setup["terraform"].as_str().unwrap().contains(&line), "{line}: {setup}");
    }

    house.front.unassign(&house.app.object_id);
    house.reads_and_signs(&house.app);
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["list", "read", "signed-url", "excess-write", "excess-other-prefix"]);
}

#[tokio::test]
async fn a_secret_that_has_ended_fails_at_the_login_double_and_a_new_one_mends_it() {
    let house = House::of(ACCOUNT).await;
    house.reads_and_signs(&house.app);
    house.front.set_hierarchical(ACCOUNT.name, false);
    house.integrate(false).await;
    house.entra.expire_secret(&house.app.client_id);
    let proof = body(&house.api.post("P/integrations/az/prove", &json!({})).await);
    assert_checks(&proof, "failed", &["authenticates"]);
    let found = check(&proof, "authenticates");
    assert_eq!(found["provider"]["code"], "AADSTS7000222", "{found}");
    assert!(found["remedy"]["summary"].as_str().unwrap().contains("make a new client secret"), "{found}");
    assert!(!proof.to_string().contains(&house.app.secret));
}

#[tokio::test]
async fn another_application_takes_over_without_a_break_and_one_that_fails_does_not_where_doubles_decide() {
    let house = House::of(ACCOUNT).await;
    house.reads_and_signs(&house.app);
    house.front.set_hierarchical(ACCOUNT.name, true);
    house.integrate(true).await;
    assert_eq!(house.proof_of(&house.place()).await["status"], "passed");
    let shown = async || body(&house.api.get("P/integrations/az").await)["settings"]["client_id"].clone();
    let of_credential = async || {
        let ask = json!({"access": "read", "prefix": "in/", "ttl_seconds": 900});
        let issued = house.api.post("P/datasources/in/credentials", &ask).await;
        assert_eq!(issued.status, 201, "{}", issued.text());
        let audit = body(&house.api.get("P/audit?action=credential.issue").await);
        let last = audit["items"].as_array().unwrap().last().unwrap().clone();
        last["details"]["log_ids"]["object_id"].as_str().unwrap_or_else(|| panic!("{last}")).to_owned()
    };
    let change =
        |app: &App| json!({"settings": {"client_id": app.client_id}, "secrets": {"client_secret": app.secret}});
    assert_eq!((shown().await, of_credential().await), (json!(house.app.client_id), house.app.object_id.clone()));

    let next = house.entra.register();
    let mut wrong = change(&next);
    wrong["secrets"]["client_secret"] = json!("not~the.secret");
    assert_problem(&house.change(&wrong).await, 422, "proof_failed", "");
    assert_eq!((shown().await, of_credential().await), (json!(house.app.client_id), house.app.object_id.clone()));
    // A secret belongs to its application: it does not go along with another client id.
    let without = house.change(&json!({"settings": {"client_id": next.client_id}})).await;
    assert_problem(&without, 422, "invalid", "/secrets/client_secret");

    house.reads_and_signs(&next);
    let changed = house.change(&change(&next)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!((shown().await, of_credential().await), (json!(next.client_id), next.object_id.clone()));
    let listed = admin(&house.tidegate, "object list in").ok().json();
    assert_eq!(listed["items"][0]["key"], "in/a.txt", "the datasource stays: {listed}");
}
