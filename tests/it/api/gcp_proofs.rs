//! What a proof finds on Google Cloud, and what it says mends it. A double decides who may do what.

use serde_json::{Value, json};
use testkit::gcp::{GcpBucket, GcpCall, PoolProvider};
use testkit::oidc::IssuerKeys;
use testkit::tidegate::{Setup, Tidegate};
use testkit::{GcpFront, HttpDouble, Reply};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, check, etag};

const ORIGIN: &str = "https://app.example.com";
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";
const ACTS_ONLY: &str = "roles/iam.workloadIdentityUser";
const VIEWER: &str = "roles/storage.objectViewer";
const USER: &str = "roles/storage.objectUser";

/// A customer with a bucket, and Tidegate beside him; the customer's account is `lake`.
struct House {
    front: GcpFront,
    bucket: GcpBucket,
    /// Where copies of the issuer's documents would be kept.
    documents: HttpDouble,
    tidegate: Tidegate,
    api: Api,
}

impl House {
    async fn new() -> Self {
        let (front, documents) = (GcpFront::start(), HttpDouble::always(Reply::new(200, "application/json", "{}")));
        let bucket = front.create_bucket().await;
        bucket.put("in/a.txt", "from the customer").await;
        let url = front.url();
        let endpoints =
            ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
        let audience = operators(&documents).audience();
        let config = format!(
            "{EGRESS}\n[issuer]\nurl = \"{}\"\n[gcp]\nidentity_audience = \"{audience}\"\n{endpoints}",
            documents.url()
        );
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        Self { front, bucket, documents, tidegate, api }
    }

    fn email(&self) -> String {
        self.front.service_account("lake")
    }

    fn grant(&self, role: &str) {
        self.front.grant(self.bucket.name(), &format!("serviceAccount:{}", self.email()), role);
    }

    fn take_back(&self) {
        self.front.take_back(self.bucket.name(), &format!("serviceAccount:{}", self.email()));
    }

    /// An integration with a key of the account; gives the key's id.
    async fn by_key(&self) -> String {
        let key = self.front.service_account_json("lake");
        let ask = json!({"name": "lake", "method": "gcp-service-account-key", "settings": {},
            "secrets": {"service_account_key": key}});
        let made = self.api.post("P/integrations", &ask).await;
        assert_eq!(made.status, 201, "{}", made.text());
        serde_json::from_str::<Value>(&key).unwrap()["private_key_id"].as_str().unwrap().to_owned()
    }

    /// The member that Tidegate is in the operator's pool, which trusts its tokens from now on.
    async fn operators_member(&self) -> String {
        let provider = operators(&self.documents);
        let keys = IssuerKeys::Given(body(&self.api.get("issuer").await)["jwks"].clone());
        let project = body(&self.api.get(&format!("projects/{PROJECT}")).await);
        let member = provider.member(&format!("project:{}", project["external_id"].as_str().unwrap()));
        self.front.trust(PoolProvider { keys, ..provider });
        member
    }

    async fn by_acting_for(&self, email: &str) -> testkit::request::Answer {
        let ask = json!({"name": "lake", "method": "gcp-cross-project", "settings": {"service_account": email}});
        self.api.post("P/integrations", &ask).await
    }

    fn place(&self, purpose: &str) -> Value {
        json!({"name": "in", "integration": "lake", "bucket": self.bucket.name(), "prefix": "in/", "purpose": purpose})
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
}

fn operators(documents: &HttpDouble) -> PoolProvider {
    PoolProvider::named("7", "operators", "tidegate", &documents.url())
}

fn command<'a>(proof: &'a Value, name: &str) -> &'a str {
    let found = check(proof, name);
    found["remedy"]["command"].as_str().unwrap_or_else(|| panic!("no command mends it: {found}"))
}

#[tokio::test]
async fn cors_of_a_bucket_warns_until_the_remedy_is_applied_where_a_double_decides() {
    let house = House::new().await;
    house.grant(VIEWER);
    house.by_key().await;
    let mut place = house.place("input");
    place["cors_origin"] = json!(ORIGIN);
    let proof = house.proof_of(&place).await;
    assert_eq!(proof["status"], "passed", "it never fails a proof: {proof}");
    assert_checks(&proof, "warning", &["cors"]);
    let remedy = &check(&proof, "cors")["remedy"];
    let run = command(&proof, "cors");
    let applied = format!("gcloud storage buckets update gs://{} --cors-file=cors.json", house.bucket.name());
    assert!(run.ends_with(&applied) && run.contains(ORIGIN), "{run}");

    let other = json!([{"origin": ["https://other.example.com"], "method": ["GET"], "responseHeader": ["Range"]}]);
    house.front.set_bucket(house.bucket.name(), &json!({"cors": other}));
    assert_checks(&house.proven_again().await, "warning", &["cors"]);
    house.front.set_bucket(house.bucket.name(), &json!({"cors": remedy["policy"]}));
    assert_checks(&house.proven_again().await, "passed", &["cors", "signed-url"]);
}

#[tokio::test]
async fn access_lists_of_objects_leave_nothing_to_narrow_where_a_double_decides() {
    let house = House::new().await;
    house.grant(VIEWER);
    house.by_key().await;
    let fine = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}});
    house.front.set_bucket(house.bucket.name(), &fine);
    // An account that may not look at the bucket learns it from the refusal of the narrowed token.
    let proof = house.proof_of(&house.place("input")).await;
    assert_checks(&proof, "passed", &["list", "read", "signed-url", "region"]);
    assert_checks(&proof, "failed", &["scoped-credential"]);
    let uniform = format!("gcloud storage buckets update gs://{} --uniform-bucket-level-access", house.bucket.name());
    assert_eq!(command(&proof, "scoped-credential"), uniform);
    assert_eq!(proof["status"], "failed");

    // One that may look is told before anything is asked for.
    house.grant("permissions:storage.buckets.get");
    let proof = house.proven_again().await;
    let region = check(&proof, "region")["detail"].as_str().unwrap();
    assert!(region.contains("its access is fine-grained"), "{region}");
    assert_checks(&proof, "skipped", &["scoped-credential", "scope-refuses-sibling"]);
    assert_eq!(command(&proof, "scoped-credential"), uniform);
    let refused = house.api.post("P/datasources/in/credentials", &json!({"access": "read", "ttl_seconds": 900})).await;
    assert_problem(&refused, 422, "unsupported", "");
    assert!(refused.text().contains("fine-grained") && refused.text().contains(&uniform), "{}", refused.text());

    let mended = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}});
    house.front.set_bucket(house.bucket.name(), &mended);
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["scoped-credential", "scope-refuses-sibling"]);
    assert!(check(&proof, "region")["detail"].as_str().unwrap().contains("uniform"), "{proof}");
}

#[tokio::test]
async fn who_may_act_but_not_sign_fails_with_the_role_that_signs_where_a_double_decides() {
    let house = House::new().await;
    house.grant(VIEWER);
    let (email, member) = (house.email(), house.operators_member().await);
    house.front.grant_account(&email, &member, ACTS_ONLY);
    let made = house.by_acting_for(&email).await;
    assert_eq!(made.status, 201, "tokens can be had: {}", made.text());
    let proof = house.proof_of(&house.place("input")).await;
    assert_checks(&proof, "passed", &["assumes-role", "list", "read"]);
    assert_checks(&proof, "failed", &["signed-url"]);
    let expected =
        format!("gcloud iam service-accounts add-iam-policy-binding {email} --role={TOKEN_CREATOR} --member={member}");
    assert_eq!(command(&proof, "signed-url"), expected);
    let failed = check(&proof, "signed-url");
    assert_eq!(failed["provider"]["http_status"], 403, "{failed}");
    assert!(failed["detail"].as_str().unwrap().contains("signBlob"), "{failed}");

    house.front.grant_account(&email, &member, TOKEN_CREATOR);
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["signed-url"]);
    assert_eq!(proof["status"], "passed", "{proof}");
}

#[tokio::test]
async fn nobody_lets_tidegate_act_fails_with_whom_to_let_in_where_a_double_decides() {
    let house = House::new().await;
    let (email, member) = (house.email(), house.operators_member().await);
    let refused = house.by_acting_for(&email).await;
    assert_problem(&refused, 422, "proof_failed", "");
    let proof = body(&refused)["proof"].clone();
    assert_checks(&proof, "passed", &["authenticates"]);
    assert_checks(&proof, "failed", &["assumes-role"]);
    let run = command(&proof, "assumes-role");
    assert!(run.contains(TOKEN_CREATOR) && run.ends_with(&format!("--member={member}")), "{run}");
}

#[tokio::test]
async fn rights_that_an_input_does_not_need_warn_with_the_binding_that_is_enough_where_a_double_decides() {
    let house = House::new().await;
    house.grant(USER);
    house.by_key().await;
    let proof = house.proof_of(&house.place("input")).await;
    assert_eq!(proof["status"], "passed", "excess never fails a proof: {proof}");
    assert_checks(&proof, "warning", &["excess-write", "excess-other-prefix"]);
    assert_checks(&proof, "passed", &["excess-administration"]);
    for name in ["excess-write", "excess-other-prefix"] {
        let run = command(&proof, name);
        assert!(run.contains("gcloud storage buckets add-iam-policy-binding") && run.contains(VIEWER), "{run}");
        assert!(run.contains(&format!("projects/_/buckets/{}/objects/in/", house.bucket.name())), "{run}");
        let binding = &check(&proof, name)["remedy"]["policy"]["bindings"][0];
        assert_eq!(binding["role"], VIEWER, "{binding}");
        let summary = check(&proof, name)["remedy"]["summary"].as_str().unwrap();
        assert!(summary.contains("the only ones") && summary.contains("integration setup"), "{summary}");
    }
    // The set-up, to which the remedy points, has the same as Terraform.
    let setup = body(&house.api.get("P/integrations/lake/setup").await);
    let condition = &check(&proof, "excess-write")["remedy"]["policy"]["bindings"][0]["condition"]["expression"];
    for line in [format!("role   = \"{VIEWER}\""), format!("expression = {condition}")] {
        assert!(setup["terraform"].as_str().unwrap().contains(&line), "{line}: {setup}");
    }

    // What the remedy says is enough, is enough, and nothing warns any more.
    let condition = check(&proof, "excess-write")["remedy"]["policy"]["bindings"][0]["condition"]["expression"].clone();
    house.take_back();
    let member = format!("serviceAccount:{}", house.email());
    house.front.grant_if(house.bucket.name(), &member, VIEWER, condition.as_str().unwrap());
    let proof = house.proven_again().await;
    assert_checks(&proof, "passed", &["list", "read", "signed-url", "excess-write", "excess-other-prefix"]);
    assert_checks(&proof, "passed", &["excess-administration"]);

    house.grant("roles/storage.admin");
    let proof = house.proven_again().await;
    assert_checks(&proof, "warning", &["excess-administration", "excess-write", "excess-other-prefix"]);
    let administration = check(&proof, "excess-administration");
    assert!(administration["detail"].as_str().unwrap().contains("the bucket's policy"), "{administration}");
    assert!(command(&proof, "excess-administration").contains(VIEWER), "{administration}");
}

#[tokio::test]
async fn a_key_that_was_deleted_fails_the_proof_and_what_was_handed_out_where_a_double_decides() {
    let house = House::new().await;
    house.grant(VIEWER);
    let key_id = house.by_key().await;
    assert_eq!(house.proof_of(&house.place("input")).await["status"], "passed");
    house.front.revoke_key(&key_id);
    house.front.forget_tokens();
    let proof = body(&house.api.post("P/integrations/lake/prove", &json!({})).await);
    assert_eq!(proof["status"], "failed", "{proof}");
    assert_checks(&proof, "failed", &["authenticates"]);
    let found = check(&proof, "authenticates");
    assert_eq!(
        command(&proof, "authenticates"),
        format!("gcloud iam service-accounts keys list --iam-account={}", house.email())
    );
    assert!(found["remedy"]["summary"].as_str().unwrap().contains(&key_id), "it names the key: {found}");
    assert_eq!(found["provider"]["code"], "invalid_grant", "{found}");
    let shown = body(&house.api.get("P/integrations/lake").await);
    assert_eq!(shown["state"], "failed", "{shown}");

    let key = house.front.service_account_json("lake");
    let rotated = json!({"secrets": {"service_account_key": key}});
    let revision = etag(&house.api.get("P/integrations/lake").await);
    let mended = house.api.json("PATCH", "P/integrations/lake", &[("if-match", &revision)], &rotated).await;
    assert_eq!((mended.status, &body(&mended)["integration"]["state"]), (200, &json!("active")), "{}", mended.text());
}

#[tokio::test]
async fn a_token_service_that_is_silent_is_named_and_nothing_is_kept_where_a_double_is_silent() {
    let house = House::new().await;
    house.front.fault(GcpCall::Token, Reply::never());
    let key = house.front.service_account_json("lake");
    let ask = json!({"name": "lake", "method": "gcp-service-account-key", "settings": {},
        "secrets": {"service_account_key": key}});
    let refused = house.api.post("P/integrations", &ask).await;
    assert_problem(&refused, 422, "proof_failed", "");
    let problem = body(&refused);
    assert_eq!(
        (&problem["retryable"], &problem["proof"]["status"]),
        (&json!(true), &json!("inconclusive")),
        "{problem}"
    );
    let asked = check(&problem["proof"], "authenticates");
    assert_eq!(asked["status"], "inconclusive", "{asked}");
    let detail = asked["detail"].as_str().unwrap();
    let host = house.front.url().trim_start_matches("http://").to_owned();
    assert!(
        detail.starts_with("oauth2.token: ") && detail.contains(&host) && detail.contains("did not answer within 15 s"),
        "{detail}"
    );
    assert!(asked["remedy"].is_null(), "an open question has no remedy: {asked}");
    assert_problem(&house.api.get("P/integrations/lake").await, 404, "not_found", "");
}

#[tokio::test]
async fn another_account_takes_over_without_a_break_and_one_that_fails_does_not_where_a_double_decides() {
    let house = House::new().await;
    house.grant(VIEWER);
    let (email, member) = (house.email(), house.operators_member().await);
    house.front.grant_account(&email, &member, TOKEN_CREATOR);
    assert_eq!(house.by_acting_for(&email).await.status, 201);
    assert_eq!(house.proof_of(&house.place("input")).await["status"], "passed");
    let of_credential = async || {
        let ask = json!({"access": "read", "prefix": "in/", "ttl_seconds": 900});
        let issued = house.api.post("P/datasources/in/credentials", &ask).await;
        assert_eq!(issued.status, 201, "{}", issued.text());
        let audit = body(&house.api.get("P/audit?action=credential.issue").await);
        let last = audit["items"].as_array().unwrap().last().unwrap();
        last["details"]["log_ids"]["service_account"].as_str().unwrap().to_owned()
    };
    let shown = async || body(&house.api.get("P/integrations/lake").await)["settings"]["service_account"].clone();
    let change = async |email: &str| {
        let revision = etag(&house.api.get("P/integrations/lake").await);
        let change = json!({"settings": {"service_account": email}});
        house.api.json("PATCH", "P/integrations/lake", &[("if-match", &revision)], &change).await
    };
    assert_eq!((shown().await, of_credential().await), (json!(email), email.clone()));

    let next = house.front.service_account("lake-next");
    let refused = change(&next).await;
    assert_problem(&refused, 422, "proof_failed", "");
    assert_eq!((shown().await, of_credential().await), (json!(email), email.clone()), "the old one stays at work");

    house.front.grant_account(&next, &member, TOKEN_CREATOR);
    house.front.grant(house.bucket.name(), &format!("serviceAccount:{next}"), VIEWER);
    let changed = change(&next).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!((shown().await, of_credential().await), (json!(next), next.clone()));
    let listed = admin(&house.tidegate, "object list in").ok().json();
    assert_eq!(listed["items"][0]["key"], "in/a.txt", "the datasource stays: {listed}");
}
