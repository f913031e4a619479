//! No secret of Google Cloud or Azure is seen outside: not in the database, the log, an answer or the audit.
//!
//! Keys, tokens and signatures are really used: doubles of both clouds decide who may do what, and tell what they were
//! sent; Azurite verifies signatures.

use serde_json::{Value, json};
use testkit::azure::{AzureContainer, Scope};
use testkit::canary::assert_absent;
use testkit::component::{ACCOUNT, azurite};
use testkit::gcp::GcpCall;
use testkit::tidegate::{Setup, Tidegate};
use testkit::{AzuriteFront, Canary, EntraFront, GcpFront};

use crate::support::{Api, PROGRAM, PROJECT, admin, body};

/// Both clouds, a server with the most talkative log, what is secret, and what was seen.
struct Clouds {
    google: GcpFront,
    entra: EntraFront,
    azure: AzuriteFront,
    tidegate: Tidegate,
    canaries: Vec<Canary>,
    seen: Vec<(String, Vec<u8>)>,
}

impl Clouds {
    fn start() -> Self {
        let (google, entra) = (GcpFront::start(), EntraFront::start());
        let azure = AzuriteFront::start(&entra);
        let url = google.url();
        let endpoints =
            ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
        let config = format!(
            "[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {}\n[log]\nlevel = \"trace\"\n[gcp]\n{endpoints}\n\
             [azure]\nauthority = \"{}\"\nblob_endpoint = \"{}/{{account}}\"",
            json!(azurite().ca),
            entra.url(),
            azure.url()
        );
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        Self { google, entra, azure, tidegate, canaries: Vec::new(), seen: Vec::new() }
    }

    fn secret(&mut self, label: &str, secret: &str) {
        assert!(secret.len() >= 16, "{label} is too short to be looked for");
        self.canaries.push(Canary::of(label, secret));
    }

    /// `POST`, with the answer kept.
    async fn post(&mut self, path: &str, sent: &Value, status: u16) {
        let answer = Api::admin(&self.tidegate).post(path, sent).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        self.seen.push((format!("the answer to POST {path}"), answer.body.to_vec()));
    }

    /// Connects a bucket under a name, lists it, and has a URL and a credential handed out; gives both.
    async fn use_all(&mut self, name: &str, integration: Value, bucket: &str, prefix: &str) -> (String, Value) {
        let mut integration = integration;
        integration["name"] = name.into();
        self.post("P/integrations", &integration, 201).await;
        let place = json!({"name": name, "integration": name, "bucket": bucket, "prefix": prefix, "purpose": "input"});
        self.post("P/datasources", &place, 201).await;
        let api = Api::admin(&self.tidegate);
        let ask = json!({"keys": ["in/a"], "method": "GET", "ttl_seconds": 900});
        let signed = body(&api.post(&format!("P/datasources/{name}/urls"), &ask).await.ok());
        let ask = json!({"access": "read", "ttl_seconds": 900});
        let issued = body(&api.post(&format!("P/datasources/{name}/credentials"), &ask).await.ok());
        for path in ["integrations", "datasources"].map(|noun| format!("P/{noun}/{name}")) {
            self.seen.push((format!("the answer to GET {path}"), api.get(&path).await.ok().body.to_vec()));
        }
        let path = format!("P/datasources/{name}/objects");
        self.seen.push((format!("the answer to GET {path}"), api.get(&path).await.ok().body.to_vec()));
        (signed["urls"][0]["url"].as_str().unwrap().to_owned(), issued["credential"].clone())
    }

    fn look(&mut self) {
        let export = admin(&self.tidegate, "audit export").ok();
        assert!(export.stdout.contains("credential.issue"), "the export holds what was done");
        self.seen.push(("the audit export".to_owned(), export.stdout.into()));
        let logs = self.tidegate.logs();
        assert!(logs.contains("TRACE") && logs.contains("sts.downscope"), "the log is at its most talkative");
        self.seen.push(("the log".to_owned(), logs.into()));
        let files = self.tidegate.data_files();
        self.seen.extend(files.into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));
        for (place, bytes) in &self.seen {
            assert_absent(place, bytes, &self.canaries);
        }
    }
}

#[tokio::test]
async fn no_secret_of_a_cloud_is_seen_anywhere_where_doubles_decide() {
    let mut clouds = Clouds::start();
    google(&mut clouds).await;
    let container = clouds.azure.create_container().await;
    container.put("in/a", "x").await;
    clouds.azure.set_hierarchical(ACCOUNT.name, true);
    application(&mut clouds, &container).await;
    account(&mut clouds, &container).await;
    clouds.look();
}

async fn google(clouds: &mut Clouds) {
    let bucket = clouds.google.create_bucket().await;
    bucket.put("in/a", "x").await;
    let member = format!("serviceAccount:{}", clouds.google.service_account("lake"));
    clouds.google.grant(bucket.name(), &member, "roles/storage.objectViewer");
    let key = clouds.google.service_account_json("lake");
    let file: Value = serde_json::from_str(&key).unwrap();
    for line in file["private_key"].as_str().unwrap().lines().filter(|line| line.len() == 64) {
        clouds.secret("key of a service account", line);
    }
    let cut = key.replace("-----END PRIVATE KEY-----", "");
    for wrong in [&cut, file["private_key"].as_str().unwrap()] {
        let asked =
            json!({"name": "x", "method": "gcp-service-account-key", "secrets": {"service_account_key": wrong}});
        clouds.post("P/integrations", &asked, 422).await;
    }
    let integration = json!({"method": "gcp-service-account-key", "secrets": {"service_account_key": key}});
    let (url, credential) = clouds.use_all("google", integration, bucket.name(), "in/").await;
    clouds.secret("signature of Google's form", url.split("X-Goog-Signature=").nth(1).unwrap());
    clouds.secret("narrowed token", credential["access_token"].as_str().unwrap());
    let sent = |call, field: &str| -> Vec<String> {
        let records = clouds.google.calls_of(call);
        records.iter().map(|record| record.body[field].as_str().unwrap().to_owned()).collect()
    };
    let (wide, assertions) = (sent(GcpCall::Downscope, "subject_token"), sent(GcpCall::Token, "assertion"));
    assert!(!wide.is_empty() && !assertions.is_empty());
    wide.iter().for_each(|token| clouds.secret("wide token", token));
    assertions.iter().for_each(|assertion| clouds.secret("assertion", assertion));
}

async fn application(clouds: &mut Clouds, container: &AzureContainer) {
    let app = clouds.entra.register();
    let of_container = Scope::Container(ACCOUNT.name.to_owned(), container.name().to_owned());
    clouds.azure.assign(&app.object_id, "Storage Blob Data Reader", of_container);
    clouds.azure.assign(&app.object_id, "Storage Blob Delegator", Scope::Account(ACCOUNT.name.to_owned()));
    let integration = |secret: &str| {
        json!({"name": "x", "method": "azure-client-secret", "secrets": {"client_secret": secret},
            "settings": {"account": ACCOUNT.name, "tenant_id": clouds.entra.tenant(), "client_id": app.client_id,
                "hierarchical": "true"}})
    };
    let (wrong, right) = (Canary::new("wrong client secret"), integration(&app.secret));
    let refused = integration(wrong.secret());
    clouds.canaries.push(wrong);
    clouds.post("P/integrations", &refused, 422).await;
    clouds.secret("client secret", &app.secret);
    let (url, credential) = clouds.use_all("application", right, container.name(), "in/").await;
    clouds.secret("signature of a delegation key", &signature(&url));
    clouds.secret("signature for a folder", &signature(credential["sas_token"].as_str().unwrap()));
}

async fn account(clouds: &mut Clouds, container: &AzureContainer) {
    let integration = |method: &str, secret: &str, text: &str| {
        let settings = json!({"account": ACCOUNT.name});
        json!({"name": "x", "method": method, "settings": settings, "secrets": {secret: text}})
    };
    clouds.secret("key of an account", ACCOUNT.key);
    let asked = integration("azure-account-key", "account_key", ACCOUNT.key);
    let (url, credential) = clouds.use_all("account", asked, container.name(), "").await;
    clouds.secret("signature of an account key", &signature(&url));
    let token = credential["sas_token"].as_str().unwrap();
    clouds.secret("signature that is pasted", &signature(token));
    let pasted = integration("azure-sas", "sas_token", token);
    for (wrong, text) in [("cut off", &token[..token.len() - 8]), ("of a URL", url.as_str())] {
        let asked = integration("azure-sas", "sas_token", text);
        assert_ne!(asked, pasted, "{wrong}");
        clouds.post("P/integrations", &asked, 422).await;
    }
    clouds.post("P/integrations", &pasted, 201).await;
    let place = json!({"name": "pasted", "integration": "x", "bucket": container.name(), "prefix": "",
        "purpose": "input"});
    clouds.post("P/datasources", &place, 201).await;
}

/// The signature of a query, decoded.
fn signature(query: &str) -> String {
    let encoded = query.split("sig=").nth(1).unwrap().split('&').next().unwrap();
    encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
}
