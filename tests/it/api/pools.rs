//! `gcp-workload-identity` through API and command line: a pool of the customer's own takes the tokens that Tidegate
//! issues. A double of Google verifies them with the documents that Tidegate writes, and decides who may do what.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testkit::gcp::{GcpBucket, GcpCall, PoolProvider};
use testkit::oidc::IssuerKeys;
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{GcpFront, HttpDouble, Reply};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body, check, etag};

const NAME: &str = "lake";

/// A customer with a bucket, an account and a pool, and Tidegate beside him.
struct House {
    front: GcpFront,
    bucket: GcpBucket,
    email: String,
    /// Where copies of the issuer's documents are kept, by path, as in a closed network.
    documents: HttpDouble,
    copies: Arc<Mutex<Vec<(String, String)>>>,
    tidegate: Tidegate,
    api: Api,
}

impl House {
    async fn new() -> Self {
        let front = GcpFront::start();
        let bucket = front.create_bucket().await;
        bucket.put("in/a.txt", "from the customer").await;
        bucket.put("other/b.txt", "not for Tidegate").await;
        let email = front.service_account("lake");
        let copies = Arc::new(Mutex::new(Vec::<(String, String)>::new()));
        let kept = copies.clone();
        let documents = HttpDouble::start(move |asked| {
            let found = kept.lock().unwrap().iter().find(|(path, _)| *path == asked.target).cloned();
            found.map_or_else(
                || Reply::new(404, "text/plain", "nothing"),
                |(_, text)| Reply::new(200, "application/json", text),
            )
        });
        let url = front.url();
        let endpoints =
            ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
        let config = format!("{EGRESS}\n[issuer]\nurl = \"{}\"\n[gcp]\n{endpoints}", documents.url());
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        let house = Self { front, bucket, email, documents, copies, tidegate, api };
        house.renew();
        house
    }

    /// Copies the issuer's documents, as the command writes them.
    fn renew(&self) {
        let folder = self.tidegate.dir().join("documents");
        admin(&self.tidegate, &format!("issuer documents {}", folder.display())).ok();
        let read = |name: &str| (format!("/{name}"), std::fs::read_to_string(folder.join(name)).unwrap());
        *self.copies.lock().unwrap() = [".well-known/openid-configuration", ".well-known/jwks.json"].map(read).to_vec();
    }

    /// Begins the integration, and gives what is to be applied.
    async fn begun(&self) -> Value {
        let made = self.api.post("P/integrations", &json!({"name": NAME, "method": "gcp-workload-identity"})).await;
        assert_eq!((made.status, &body(&made)["integration"]["state"]), (201, &json!("pending")), "{}", made.text());
        let asked = format!("P/integrations/{NAME}/setup?bucket={}&prefix=in/&purpose=input", self.bucket.name());
        body(&self.api.get(&asked).await)
    }

    /// The pool as it was printed, under this number of a project.
    fn pool(&self, number: &str, setup: &Value) -> PoolProvider {
        let printed = &setup["trust_policy"]["provider"];
        assert_eq!(printed["oidc"]["issuerUri"], self.documents.url(), "{setup}");
        assert_eq!(printed["attributeMapping"], json!({"google.subject": "assertion.sub"}));
        let subject = setup["subject"].as_str().unwrap().to_owned();
        assert_eq!(printed["attributeCondition"], format!("assertion.sub == '{subject}'"));
        let (_, provider) = setup["audience"].as_str().unwrap().rsplit_once('/').unwrap();
        let pool = PoolProvider::named(number, "tidegate", provider, &self.documents.url());
        PoolProvider { subjects: Some(vec![subject]), ..pool }
    }

    /// Gives whoever the printed bindings name what they say.
    fn apply(&self, setup: &Value, provider: &PoolProvider) {
        let trust = &setup["trust_policy"]["bindings"][0];
        let printed = trust["members"][0].as_str().unwrap().replace("PROJECT_NUMBER", &provider.project_number);
        assert_eq!(printed, provider.member(setup["subject"].as_str().unwrap()));
        self.front.grant_account(&self.email, &printed, trust["role"].as_str().unwrap());
        let binding = &setup["permission_policy"]["bindings"][0];
        let member = format!("serviceAccount:{}", self.email);
        let condition = binding["condition"]["expression"].as_str().unwrap();
        self.front.grant_if(self.bucket.name(), &member, binding["role"].as_str().unwrap(), condition);
    }

    async fn finish(&self, audience: &str) -> Answer {
        let revision = etag(&self.api.get(&format!("P/integrations/{NAME}")).await);
        let change = json!({"settings": {"audience": audience, "service_account": self.email}});
        self.api.json("PATCH", &format!("P/integrations/{NAME}"), &[("if-match", &revision)], &change).await
    }
}

async fn fetch(url: &str) -> Answer {
    let after_scheme = url.find("://").unwrap() + 3;
    let (origin, target) = url.split_at(after_scheme + url[after_scheme..].find('/').unwrap());
    send(origin, Call::new("GET", target)).await
}

#[tokio::test]
async fn a_pool_of_the_customers_own_is_finished_proven_used_and_accounted_where_a_double_decides() {
    let house = House::new().await;
    let setup = house.begun().await;
    let external_id = body(&house.api.get(&format!("projects/{PROJECT}")).await)["external_id"].clone();
    let subject = format!("project:{}:integration:{NAME}", external_id.as_str().unwrap());
    let issuer = house.documents.url();
    assert_eq!((&setup["subject"], &setup["issuer"]), (&json!(subject), &json!(issuer)), "{setup}");
    for form in [setup["commands"].to_string(), setup["terraform"].to_string()] {
        for word in [issuer.as_str(), &subject, "roles/iam.serviceAccountTokenCreator"] {
            assert!(form.contains(word), "{word}: {form}");
        }
    }
    let provider = house.pool("7", &setup);
    house.apply(&setup, &provider);
    house.front.trust(provider.clone());

    let finished = house.finish(&provider.audience()).await;
    assert_eq!(
        (finished.status, &body(&finished)["integration"]["state"]),
        (200, &json!("active")),
        "{}",
        finished.text()
    );
    let proof = body(&house.api.post(&format!("P/integrations/{NAME}/prove"), &json!({})).await);
    assert_checks(&proof, "passed", &["reachable", "authenticates", "assumes-role", "refuses-wrong-external-id"]);
    assert_checks(&proof, "skipped", &["refuses-missing-external-id"]);
    assert_eq!(proof["status"], "passed", "{proof}");

    let asked = format!(
        "datasource create in --integration {NAME} --bucket {} --prefix in/ --purpose input",
        house.bucket.name()
    );
    let made = admin(&house.tidegate, &asked).ok().json();
    let shown = ["list", "read", "signed-url", "scoped-credential", "scope-refuses-sibling", "excess-other-prefix"];
    assert_checks(&made["proof"], "passed", &shown);
    assert_eq!(made["proof"]["status"], "passed", "{made}");

    let words = ["url", "sign", "in", "in/a.txt", "--project", PROJECT, "--output", "table"];
    let signed = house.tidegate.cli(words).ok();
    let url = signed.stdout.trim();
    assert_eq!(fetch(url).await.text(), "from the customer");
    assert!(url.contains(&house.email.replace('@', "%40")), "the account signs it: {url}");
    let by: Vec<_> = house.front.calls_of(GcpCall::SignBlob).into_iter().map(|call| call.principal.unwrap()).collect();
    assert!(!by.is_empty() && by.iter().all(|who| *who == provider.member(&subject)), "{by:?}");

    let issued = admin(&house.tidegate, "credential issue in --access read --ttl 30m").ok().json();
    let token = issued["credential"]["access_token"].as_str().unwrap_or_else(|| panic!("{issued}")).to_owned();
    let list = async |prefix: &str| {
        let target = format!("/storage/v1/b/{}/o?prefix={prefix}", house.bucket.name());
        send(&house.front.url(), Call::new("GET", &target).header("authorization", &format!("Bearer {token}")))
            .await
            .status
    };
    assert_eq!((list("in%2F").await, list("other%2F").await), (200, 403), "it is narrowed to the prefix");
    let audit = body(&house.api.get("P/audit?action=credential.issue").await);
    let ids = &audit["items"][0]["details"]["log_ids"];
    assert_eq!(ids["service_account"], house.email, "{ids}");
}

#[tokio::test]
async fn a_pool_that_takes_another_audience_or_another_subject_lets_nobody_in_where_a_double_decides() {
    let house = House::new().await;
    let setup = house.begun().await;
    let good = house.pool("7", &setup);
    house.apply(&setup, &good);
    let elsewhere = "https://elsewhere.example.com".to_owned();
    let keys = IssuerKeys::Given(body(&house.api.get("issuer").await)["jwks"].clone());
    let audience = PoolProvider { audiences: vec![elsewhere.clone()], ..house.pool("8", &setup) };
    let others = vec![format!("{}-next", setup["subject"].as_str().unwrap())];
    let subject = PoolProvider { subjects: Some(others), ..house.pool("9", &setup) };
    let stranger = testkit::jwt::SigningKey::generate();
    let signature = PoolProvider { keys: IssuerKeys::Given(stranger.jwks()), ..house.pool("10", &setup) };
    let issuer = PoolProvider { keys, issuer: elsewhere, ..house.pool("11", &setup) };
    for (pool, what) in [(audience, "audience"), (subject, "condition"), (signature, "signature"), (issuer, "issuer")] {
        let full = pool.audience();
        house.front.trust(pool);
        let refused = house.finish(&full).await;
        assert_problem(&refused, 422, "proof_failed", "");
        let proof = body(&refused)["proof"].clone();
        assert_checks(&proof, "failed", &["authenticates"]);
        let found = check(&proof, "authenticates");
        assert!(found["detail"].as_str().unwrap().contains(what), "{what}: {found}");
        let run = found["remedy"]["command"].as_str().unwrap();
        assert!(
            run.starts_with("gcloud iam workload-identity-pools providers update-oidc ")
                && run.contains(&house.documents.url()),
            "{run}"
        );
        assert!(run.contains(setup["subject"].as_str().unwrap()), "the remedy names the subject: {run}");
    }
    let state = body(&house.api.get(&format!("P/integrations/{NAME}")).await)["state"].clone();
    assert_eq!(state, "pending", "nothing was kept");

    let audience = good.audience();
    house.front.trust(good);
    let twin = house.finish(&audience).await;
    assert_eq!(twin.status, 200, "the twin of them all: {}", twin.text());
}

#[tokio::test]
async fn a_pool_that_lets_every_subject_act_is_found_open_where_a_double_decides() {
    let house = House::new().await;
    let setup = house.begun().await;
    let pool = PoolProvider { subjects: None, ..house.pool("7", &setup) };
    let audience = pool.audience();
    house.front.trust(pool);
    let everybody = "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/tidegate/*";
    house.front.grant_account(&house.email, everybody, "roles/iam.serviceAccountTokenCreator");
    let open = house.finish(&audience).await;
    assert_problem(&open, 409, "trust_not_enforced", "");
    let proof = body(&open)["proof"].clone();
    assert_checks(&proof, "failed", &["refuses-wrong-external-id"]);
    let remedy = &check(&proof, "refuses-wrong-external-id")["remedy"];
    assert_eq!(
        remedy["policy"]["attributeCondition"],
        format!("assertion.sub == '{}'", setup["subject"].as_str().unwrap())
    );
}

#[tokio::test]
async fn keys_that_are_rotated_at_once_are_known_once_their_copy_is_renewed_where_a_double_decides() {
    let house = House::new().await;
    let setup = house.begun().await;
    let pool = house.pool("7", &setup);
    let audience = pool.audience();
    house.apply(&setup, &pool);
    house.front.trust(pool);
    assert_eq!(house.finish(&audience).await.status, 200);
    admin(&house.tidegate, "issuer rotate --now --yes").ok();
    let proof = body(&house.api.post(&format!("P/integrations/{NAME}/prove"), &json!({})).await);
    assert_checks(&proof, "failed", &["authenticates"]);
    house.renew();
    let proof = body(&house.api.post(&format!("P/integrations/{NAME}/prove"), &json!({})).await);
    assert_eq!(proof["status"], "passed", "{proof}");
}
