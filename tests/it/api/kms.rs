//! A datasource whose bucket encrypts with a customer's key: SeaweedFS with keys of moto's KMS, which really
//! encrypts. Nobody there checks the caller's right to the key.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{self, WRITER};
use testkit::request::{Call, send};
use testkit::tidegate::{Output, Tidegate};

use crate::cli::account::Account;
use crate::support::{Api, admin, assert_checks, body, check, problem_of, started};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// A new key of the customer.
async fn new_key() -> String {
    let moto = component::moto();
    let call = Call::new("POST", "/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "TrentService.CreateKey")
        .body("{}")
        .signed(&moto, &WRITER.keys(), "kms", &[]);
    let made = body(&send(&moto, call).await.ok());
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

/// A Tidegate with the integration `lake`, and a bucket that its keys may write to.
async fn connected() -> (Tidegate, Bucket) {
    let seaweed = component::seaweed();
    let bucket = Bucket::create_with_prefix(&seaweed.url, "tg-keys-").await;
    let tidegate = started();
    let secret = tidegate.dir().join("secret");
    std::fs::write(&secret, WRITER.secret_access_key).unwrap();
    let line = format!(
        "integration create s3-compatible lake --set preset=seaweedfs --set endpoint={} --set access_key_id={} \
         --secret-file secret_access_key={}",
        seaweed.url,
        WRITER.access_key_id,
        secret.display()
    );
    admin(&tidegate, &line).ok();
    (tidegate, bucket)
}

fn datasource(tidegate: &Tidegate, bucket: &Bucket, key: &str) -> Output {
    admin(
        tidegate,
        &format!(
            "datasource create out --integration lake --bucket {} --prefix data --purpose input-output --sse kms \
             --kms-key-arn {key}",
            bucket.name()
        ),
    )
}

async fn sign(api: &Api, method: &str) -> Value {
    let ask = json!({"keys": ["data/sealed.txt"], "method": method, "ttl_seconds": 900});
    body(&api.post("P/datasources/out/urls", &ask).await)["urls"][0].clone()
}

/// The request that a signed URL stands for.
fn call(signed: &Value) -> (&str, Call) {
    let url = signed["url"].as_str().unwrap();
    let (origin, target) = url.split_at(url.match_indices('/').nth(2).unwrap().0);
    (origin, Call::new(signed["method"].as_str().unwrap(), target))
}

#[tokio::test]
async fn what_is_written_is_encrypted_with_the_customers_key_and_read_back() {
    let (tidegate, bucket) = connected().await;
    let key = new_key().await;
    let proof = datasource(&tidegate, &bucket, &key).ok().json()["proof"].clone();
    assert_eq!(proof["status"], "passed", "{proof}");
    assert_checks(&proof, "passed", &["write-probe", "overwrite-probe", "read-back", "encryption", "signed-url"]);
    assert!(check(&proof, "encryption")["detail"].as_str().unwrap().contains("aws:kms"), "{proof}");
    assert!(bucket.list("").await.is_empty(), "the proof leaves nothing behind");

    let api = Api::admin(&tidegate);
    let put = sign(&api, "PUT").await;
    assert_eq!(put["headers"], json!({ALGORITHM: "aws:kms", KEY: key}));
    let (origin, bare) = call(&put);
    assert_eq!(send(origin, bare.body("not sealed")).await.status, 403, "the headers are signed");
    let (origin, with) = call(&put);
    let with = with.header(ALGORITHM, "aws:kms").header(KEY, &key).body("sealed");
    send(origin, with).await.ok();
    let stored = bucket.head("data/sealed.txt").await.ok();
    let named = |name: &str| stored.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!((named(ALGORITHM), named(KEY)), (Some("aws:kms"), Some(key.as_str())));

    let get = sign(&api, "GET").await;
    assert_eq!(get["headers"], json!({}), "whoever reads names no key");
    let (origin, get) = call(&get);
    assert_eq!(send(origin, get).await.ok().text(), "sealed");
}

#[tokio::test]
async fn key_that_does_not_exist_fails_the_creation() {
    let (tidegate, bucket) = connected().await;
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    let refused = datasource(&tidegate, &bucket, key).code(1);
    let problem = problem_of(&refused);
    assert_eq!(problem["code"], "proof_failed", "{problem}");
    assert_ne!(check(&problem["proof"], "write-probe")["status"], "passed");
    assert_ne!(check(&problem["proof"], "encryption")["status"], "passed");
    assert!(bucket.list("").await.is_empty());
}

#[tokio::test]
async fn credential_names_the_key_to_whoever_writes() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let (key, name) = (new_key().await, account.bucket.name().to_owned());
    let place = format!("--bucket {name} --prefix out --purpose output --kms-key-arn {key}");
    let setup = admin(&tidegate, &format!("integration setup --method aws-cross-account {place} --format json"));
    let setup = setup.ok().json();
    for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
        assert!(setup["permission_policy"].to_string().contains(action), "{setup}");
    }
    account.apply(&setup);
    let (role, front) = (Account::ROLE, account.front.url());
    admin(
        &tidegate,
        &format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}"),
    )
    .ok();
    let line = format!(
        "datasource create out --integration lake --bucket {name} --prefix out --purpose output --sse kms \
         --kms-key-arn {key}"
    );
    let proof = admin(&tidegate, &line).ok().json()["proof"].clone();
    assert_checks(&proof, "passed", &["encryption", "scoped-credential", "scope-refuses-other-verbs"]);

    let issue = |access: &str| {
        admin(&tidegate, &format!("credential issue out --access {access} --ttl 15m --format env")).ok().stdout
    };
    let line = format!("TIDEGATE_SSE_KMS_KEY_ARN={key}");
    assert!(issue("write").lines().any(|found| found == line));
    assert!(!issue("read").contains("TIDEGATE_SSE_KMS_KEY_ARN"), "whoever reads names no key");
    let ask = json!({"access": "write", "ttl_seconds": 900});
    let issued = body(&Api::admin(&tidegate).post("P/datasources/out/credentials", &ask).await);
    assert_eq!(issued["headers"], json!({ALGORITHM: "aws:kms", KEY: key}));
}
