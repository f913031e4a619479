//! The longest key, and one byte more, at every kind of store. Google's store is behind a double that decides; Azurite
//! and SeaweedFS verify signatures, and Tidegate serves the directory itself.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::azure::{AzureContainer, Scope};
use testkit::component::{self, ACCOUNT, BROKER, azurite};
use testkit::gcp::GcpBucket;
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{AzuriteFront, EntraFront, GcpFront};

use crate::support::{Api, PROGRAM, PROJECT, admin, assert_problem, body};

/// A Tidegate with a datasource of each kind, named as its integration, over the whole of a bucket.
struct World {
    api: Api,
    google: GcpFront,
    azure: AzuriteFront,
    _kept: (Tidegate, EntraFront, tempfile::TempDir, GcpBucket, AzureContainer, Bucket),
}

const KINDS: [&str; 4] = ["google", "azure", "disk", "weed"];

impl World {
    async fn new() -> Self {
        let (google, entra, folder) = (GcpFront::start(), EntraFront::start(), tempfile::tempdir().unwrap());
        let azure = AzuriteFront::start(&entra);
        std::fs::create_dir(folder.path().join("bucket")).unwrap();
        let endpoints =
            ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{}\"\n", google.url())).concat();
        let config = format!(
            "[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {}\n[gcp]\n{endpoints}[azure]\nauthority = \"{}\"\n\
             blob_endpoint = \"{}/{{account}}\"\n[local_directory]\nallow = {}",
            json!(azurite().ca),
            entra.url(),
            azure.url(),
            json!([folder.path()])
        );
        let tidegate = Setup::new(PROGRAM).config(&config).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);

        let (bucket, container) = (google.create_bucket().await, azure.create_container().await);
        let email = google.service_account("writer");
        google.grant(bucket.name(), &format!("serviceAccount:{email}"), "roles/storage.objectUser");
        let key = google.service_account_json("writer");
        connect(
            &api,
            "google",
            "gcp-service-account-key",
            json!({}),
            json!({"service_account_key": key}),
            bucket.name(),
        )
        .await;
        let app = entra.register();
        let account = Scope::Account(ACCOUNT.name.to_owned());
        for role in ["Storage Blob Data Contributor", "Storage Blob Delegator"] {
            azure.assign(&app.object_id, role, account.clone());
        }
        let settings = json!({"account": ACCOUNT.name, "tenant_id": entra.tenant(), "client_id": app.client_id});
        let secrets = json!({"client_secret": app.secret});
        connect(&api, "azure", "azure-client-secret", settings, secrets, container.name()).await;
        connect(&api, "disk", "local-directory", json!({"path": folder.path()}), json!({}), "bucket").await;
        let seaweed = component::seaweed();
        let weed = Bucket::create(&seaweed.url).await;
        let settings = json!({"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": BROKER.access_key_id,
            "role_arn": "arn:aws:iam::000000000000:role/test-writer"});
        let secrets = json!({"secret_access_key": BROKER.secret_access_key});
        connect(&api, "weed", "s3-compatible", settings, secrets, weed.name()).await;
        Self { api, google, azure, _kept: (tidegate, entra, folder, bucket, container, weed) }
    }

    fn asked(&self) -> usize {
        self.google.calls().len() + self.azure.calls().len()
    }
}

async fn connect(api: &Api, name: &str, method: &str, settings: Value, secrets: Value, bucket: &str) {
    let new = json!({"name": name, "method": method, "settings": settings, "secrets": secrets});
    api.post("P/integrations", &new).await.ok();
    let new = json!({"name": name, "integration": name, "bucket": bucket, "prefix": "", "purpose": "input-output"});
    api.post("P/datasources", &new).await.ok();
}

async fn use_url(method: &str, signed: &Value, text: &str) -> Answer {
    let url = signed["urls"][0]["url"].as_str().unwrap_or_else(|| panic!("{signed}"));
    let after_scheme = url.find("://").unwrap() + 3;
    let (origin, target) = url.split_at(after_scheme + url[after_scheme..].find('/').unwrap());
    let headers = signed["urls"][0]["headers"].as_object().into_iter().flatten();
    let call =
        headers.fold(Call::new(method, target), |call, (name, value)| call.header(name, value.as_str().unwrap()));
    send(origin, call.body(text.to_owned())).await
}

#[tokio::test]
async fn a_key_of_1024_bytes_is_written_and_read_by_url_and_one_of_1025_is_refused_before_any_store_is_asked() {
    let world = World::new().await;
    // Files have names of at most 255 bytes, and SeaweedFS keeps files too.
    let longest =
        format!("{}{}", "ü".repeat(99) + "/", "k".repeat(199) + "/") + &format!("{}/", "x".repeat(199)).repeat(3);
    let longest = longest + &"z".repeat(25);
    assert_eq!(longest.len(), 1024);
    let too_long = format!("{longest}z");
    for kind in KINDS {
        let urls = format!("P/datasources/{kind}/urls");
        let ask = |method: &str, keys: &[&str]| json!({"keys": keys, "method": method, "ttl_seconds": 300});
        let put = body(&world.api.post(&urls, &ask("PUT", &[&longest])).await.ok());
        use_url("PUT", &put, kind).await.ok();
        let get = body(&world.api.post(&urls, &ask("GET", &[&longest])).await.ok());
        assert_eq!(use_url("GET", &get, "").await.text(), kind);
        let listed = body(&world.api.get(&format!("P/datasources/{kind}/objects")).await.ok());
        assert_eq!(listed["items"][0]["key"], longest, "{kind}: {listed}");

        let before = world.asked();
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let refused = world.api.post(&urls, &ask(method, &[&longest, &too_long])).await;
            assert_problem(&refused, 422, "invalid", "/keys/1");
        }
        let refused = world.api.get(&format!("P/datasources/{kind}/objects?prefix={}", "p".repeat(1025))).await;
        assert_eq!(body(&refused)["code"], "invalid", "{kind}: {}", refused.text());
        let scope = json!({"access": "read", "prefix": "p".repeat(1025), "ttl_seconds": 900});
        let refused = world.api.post(&format!("P/datasources/{kind}/credentials"), &scope).await;
        assert_eq!(body(&refused)["code"], "invalid", "{kind}: {}", refused.text());
        assert_eq!(world.asked(), before, "{kind} was asked");
    }
    let one_part = "k".repeat(1024);
    let asked = json!({"keys": [one_part], "method": "PUT", "ttl_seconds": 300});
    let signed = body(&world.api.post("P/datasources/disk/urls", &asked).await.ok());
    let refused = use_url("PUT", &signed, "x").await;
    assert!(refused.status == 422 && refused.text().contains("at most 255 bytes"), "{}", refused.text());
}
