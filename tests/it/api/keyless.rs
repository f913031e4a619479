//! Nothing secret on either side: AWS-style stores trust the tokens that Tidegate issues.
//!
//! SeaweedFS verifies the tokens. Its trust policies know the subject by another name, so what is printed is
//! translated after it was checked. The issuer's documents are kept elsewhere, as in a closed network.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testkit::component::{self};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{Bucket, Gateway, HttpDouble, Reply, StsFront};

use super::sealed::the_issuers_key_is_sealed;
use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, problem_of};

const ROLE: &str = "arn:aws:iam::000000000000:role/tidegate-web";
const JSON: &str = "application/json";

/// A customer with a bucket, and the place where copies of the issuer's documents are kept.
pub(super) struct Customer {
    pub(super) bucket: Bucket,
    pub(super) front: StsFront,
    jwks: Arc<Mutex<String>>,
    documents: HttpDouble,
    gateway: Option<Gateway>,
}

impl Customer {
    pub(super) async fn new() -> Self {
        let seaweed = component::seaweed();
        let bucket = Bucket::create(&seaweed.url).await;
        bucket.put("in/a.txt", "from the customer").await.ok();
        let jwks = Arc::new(Mutex::new("{\"keys\":[]}".to_owned()));
        let kept = jwks.clone();
        let documents = HttpDouble::start(move |_| Reply::new(200, JSON, kept.lock().unwrap().clone()));
        Self { bucket, front: StsFront::start(&seaweed.url), jwks, documents, gateway: None }
    }

    pub(super) fn tidegate(&self) -> Tidegate {
        let issuer = format!("{EGRESS}\n[issuer]\nurl = \"{}\"", self.documents.url());
        let tidegate = Setup::new(PROGRAM).config(&issuer).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        tidegate
    }

    /// Copies the issuer's documents, as the command writes them.
    pub(super) fn renew(&self, tidegate: &Tidegate) {
        let folder = tidegate.dir().join("documents");
        admin(tidegate, &format!("issuer documents {}", folder.display())).ok();
        let discovery = std::fs::read_to_string(folder.join(".well-known/openid-configuration")).unwrap();
        let discovery: Value = serde_json::from_str(&discovery).unwrap();
        assert_eq!(discovery["issuer"], self.documents.url());
        assert_eq!(discovery["jwks_uri"], format!("{}/.well-known/jwks.json", self.documents.url()));
        *self.jwks.lock().unwrap() = std::fs::read_to_string(folder.join(".well-known/jwks.json")).unwrap();
    }

    /// Makes the role as it was printed, with this condition on the subject.
    pub(super) fn apply(&mut self, setup: &Value, subject: Option<&Value>) {
        self.apply_with(
            setup,
            &subject.map(|subject| json!({"StringEquals": {"oidc:sub": subject}})).unwrap_or(json!({})),
        );
    }

    fn apply_with(&mut self, setup: &Value, condition: &Value) {
        let statement = json!({"Effect": "Allow", "Principal": {"Federated": "tidegate"},
            "Action": ["sts:AssumeRoleWithWebIdentity"], "Condition": condition});
        let seaweed = component::seaweed();
        let base = std::fs::read_to_string(seaweed.config.join("iam.json")).unwrap();
        let mut iam: Value = serde_json::from_str(&base).unwrap();
        iam["providers"] = json!([{"name": "tidegate", "type": "oidc", "enabled": true, "config": {
            "issuer": setup["issuer"], "clientId": setup["audience"],
            "jwksUri": format!("{}/.well-known/jwks.json", self.documents.url())}}]);
        iam["roles"] = json!([{"roleName": "tidegate-web", "roleArn": ROLE, "attachedPolicies": ["printed"],
            "trustPolicy": {"Version": "2012-10-17", "Statement": [statement]}}]);
        let printed = json!({"name": "printed", "document": setup["permission_policy"]});
        iam["policies"].as_array_mut().unwrap().push(printed);
        let gateway = Gateway::start_with_document(&seaweed, &iam);
        self.front.forward_to(&gateway.url());
        self.gateway = Some(gateway);
    }

    /// Begins the integration, and gives what the customer has to apply.
    pub(super) async fn begin(&self, api: &Api, name: &str) -> Value {
        let settings = json!({"endpoint": self.front.url(), "sts_endpoint": self.front.url(), "region": "us-east-1"});
        let asked = json!({"name": name, "method": "aws-web-identity", "settings": settings});
        let made = api.post("P/integrations", &asked).await;
        assert_eq!((made.status, &body(&made)["integration"]["state"]), (201, &json!("pending")), "{}", made.text());
        let place = format!("bucket={}&prefix=in/&purpose=input", self.bucket.name());
        body(&api.get(&format!("P/integrations/{name}/setup?{place}")).await)
    }

    pub(super) async fn finish(&self, api: &Api, name: &str) -> testkit::request::Answer {
        let kept = api.get(&format!("P/integrations/{name}")).await;
        let change = json!({"settings": {"role_arn": ROLE}});
        let revision = crate::support::etag(&kept);
        api.json("PATCH", &format!("P/integrations/{name}"), &[("if-match", &revision)], &change).await
    }
}

#[tokio::test]
async fn a_role_by_web_identity_is_taken_on_with_the_integrations_own_subject_only() {
    let mut customer = Customer::new().await;
    let tidegate = customer.tidegate();
    let api = Api::admin(&tidegate);
    let external_id = body(&api.get(&format!("projects/{PROJECT}")).await)["external_id"].as_str().unwrap().to_owned();
    let setup = customer.begin(&api, "web").await;
    let subject = format!("project:{external_id}:integration:web");
    assert_eq!((&setup["subject"], &setup["issuer"]), (&json!(subject), &json!(customer.documents.url())), "{setup}");
    assert_eq!(setup["audience"], customer.front.url(), "a token for another STS is worth nothing at AWS's");
    let condition = &setup["trust_policy"]["Statement"][0]["Condition"]["StringEquals"];
    let named = customer.documents.url().trim_start_matches("http://").to_owned();
    assert_eq!(condition[format!("{named}:sub")], json!([subject]), "{setup}");
    customer.renew(&tidegate);

    customer.apply(&setup, None);
    let open = customer.finish(&api, "web").await;
    assert_problem(&open, 409, "trust_not_enforced", "");
    assert_checks(&body(&open)["proof"], "failed", &["refuses-wrong-external-id"]);

    customer.apply_with(&setup, &json!({"StringLike": {"oidc:sub": "project:tidegate-*:integration:web"}}));
    let every_project = customer.finish(&api, "web").await;
    assert_problem(&every_project, 409, "trust_not_enforced", "");

    customer.apply(&setup, Some(&setup["subject"]));
    let finished = customer.finish(&api, "web").await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    let proof = body(&api.post("P/integrations/web/prove", &json!({})).await);
    assert_checks(&proof, "passed", &["assumes-role", "refuses-wrong-external-id"]);
    assert_checks(&proof, "skipped", &["authenticates", "refuses-missing-external-id", "base-identity-bare"]);

    let datasource = json!({"name": "in", "integration": "web", "bucket": customer.bucket.name(), "prefix": "in/", "purpose": "input"});
    let made = api.post("P/datasources", &datasource).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let ask = json!({"keys": ["in/a.txt"], "method": "GET", "ttl_seconds": 900});
    let signed = body(&api.post("P/datasources/in/urls", &ask).await);
    let (origin, path) = (customer.front.url(), signed["urls"][0]["url"].as_str().unwrap().to_owned());
    let call = testkit::request::Call::new("GET", path.strip_prefix(&origin).unwrap());
    assert_eq!(testkit::request::send(&origin, call).await.text(), "from the customer");
    let sent = customer.front.calls();
    let sessions: Vec<_> = sent.iter().filter(|call| call.action == "AssumeRoleWithWebIdentity").collect();
    assert!(sessions.iter().all(|call| call.access_key_id.is_none()), "no key signs for the token");
    let names: Vec<_> = sessions.iter().filter_map(|call| call.form.get("RoleSessionName")).collect();
    assert!(names.iter().any(|name| name.contains("admin")), "the cloud's own log names the person: {names:?}");
    the_issuers_key_is_sealed(&tidegate, &api).await;
}

#[tokio::test]
async fn keys_of_the_issuer_change_with_an_overlap_and_at_once_where_one_is_known() {
    let mut customer = Customer::new().await;
    let tidegate = customer.tidegate();
    let api = Api::admin(&tidegate);
    customer.renew(&tidegate);
    let setup = customer.begin(&api, "web").await;
    customer.renew(&tidegate);
    customer.apply(&setup, Some(&setup["subject"]));
    assert_eq!(customer.finish(&api, "web").await.status, 200);
    let states = async || {
        let view = body(&api.get("issuer").await);
        let keys = view["keys"].as_array().unwrap().clone();
        let states: Vec<_> = keys.iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect();
        assert_eq!(
            view["jwks"]["keys"].as_array().unwrap().len(),
            states.iter().filter(|state| *state != "withdrawn").count()
        );
        states
    };
    assert_eq!(states().await, ["signing"]);
    admin(&tidegate, "issuer rotate").ok();
    assert_eq!(states().await, ["waiting", "signing"]);
    assert_eq!(problem_of(&admin(&tidegate, "issuer rotate"))["code"], "conflict");
    let proven = body(&api.post("P/integrations/web/prove", &json!({})).await);
    assert_eq!(proven["status"], "passed", "copies that were not renewed yet still serve: {proven}");
    admin(&tidegate, "issuer rotate --now --yes").ok();
    assert_eq!(states().await, ["signing", "withdrawn", "withdrawn"]);
    customer.renew(&tidegate);
    customer.apply(&setup, Some(&setup["subject"]));
    let proven = body(&api.post("P/integrations/web/prove", &json!({})).await);
    assert_eq!(proven["status"], "passed", "{proven}");
    let published = body(&api.get("issuer").await)["jwks"].clone();
    let own =
        testkit::request::send(&tidegate.url(), testkit::request::Call::new("GET", "/.well-known/jwks.json")).await;
    assert_eq!(body(&own), published, "the server itself publishes the same to strangers");
    let audit = body(&api.get("audit?action=issuer.rotate").await);
    assert_eq!(audit["items"].as_array().unwrap().len(), 3, "{audit}");
}

#[tokio::test]
async fn clouds_read_the_issuers_documents_without_a_token_and_may_keep_them_for_minutes() {
    const URL: &str = "https://issuer.example.com/tidegate";
    let tidegate = Setup::new(PROGRAM).config(&format!("[issuer]\nurl = \"{URL}\"")).start();
    let read = async |path: &str| {
        let answer = testkit::request::send(&tidegate.url(), testkit::request::Call::new("GET", path)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let header = |name: &str| answer.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap();
        assert_eq!((header("content-type"), header("cache-control")), (JSON, "public, max-age=600"), "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        body(&answer)
    };
    let expected = json!({
        "issuer": URL,
        "jwks_uri": format!("{URL}/.well-known/jwks.json"),
        "authorization_endpoint": format!("{URL}/signin"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"],
    });
    assert_eq!(read("/.well-known/openid-configuration").await, expected);
    let keys = read("/.well-known/jwks.json").await["keys"].clone();
    let key = keys[0].as_object().unwrap();
    let mut fields: Vec<_> = key.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["alg", "e", "kid", "kty", "n", "use"], "the public half and no more");
    assert_eq!((&key["alg"], &key["kty"], &key["use"]), (&json!("RS256"), &json!("RSA"), &json!("sig")));
    assert_eq!(body(&Api::admin(&tidegate).get("issuer").await)["keys"][0]["id"], key["kid"]);
}

#[tokio::test]
async fn without_an_issuer_keyless_methods_say_what_the_operator_must_set() {
    let tidegate = crate::support::started();
    let api = Api::admin(&tidegate);
    let setup = api.get("P/setup?method=aws-web-identity").await;
    assert_problem(&setup, 422, "unsupported", "");
    assert!(setup.text().contains("public_url"), "{}", setup.text());
    let documents = testkit::request::Call::new("GET", "/.well-known/openid-configuration");
    assert_eq!(testkit::request::send(&tidegate.url(), documents).await.status, 422);
    assert_problem(&api.get("issuer").await, 422, "unsupported", "");
}
