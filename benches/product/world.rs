//! What most rows stand on: a bucket on SeaweedFS, and a server that is connected to it in two ways.
//!
//! `delegated` goes through a role that is assumed with an external id, `plain` through a key pair. The
//! front requires the external id and counts the calls to STS; `plain` goes to SeaweedFS directly.

use std::fs;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use testkit::component::{self, BROKER, WRITER};
use testkit::request::REGION;
use testkit::tidegate::Setup;
use testkit::{Bucket, StsFront, Tidegate};

use crate::line::Line;

/// The program, built with the profile of the benchmark.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidegate");

/// The project.
pub(crate) const PROJECT: &str = "bench";

/// Where the components listen.
pub(crate) const EGRESS: &str = "[egress]\nallow = [\"127.0.0.0/8\"]";

/// Exists on SeaweedFS and trusts Tidegate's own identity.
const ROLE: &str = "arn:aws:iam::000000000000:role/test-writer";

/// A bucket and a server that is connected to it.
pub(crate) struct World {
    pub(crate) seaweed: String,
    pub(crate) front: StsFront,
    pub(crate) bucket: Bucket,
    pub(crate) tidegate: Tidegate,
}

impl World {
    /// Everything proven and ready; the store is SQLite that waits for the disk, as in production.
    pub(crate) async fn start() -> Self {
        let seaweed = component::seaweed().url;
        let bucket = Bucket::create_with_prefix(&seaweed, "tg-keys-").await;
        bucket.put("data/first.txt", "x").await.ok();
        let front = StsFront::start(&seaweed);
        let tidegate = server(&front);
        let world = Self { seaweed, front, bucket, tidegate };
        world.connect().await;
        world
    }

    async fn connect(&self) {
        let created = self.tidegate.cli(["--output", "json", "project", "create", PROJECT]).ok().json();
        self.front.require(ROLE, created.get("external_id").and_then(Value::as_str));
        let mut line = Line::open(&self.tidegate).await;
        let lake = json!({"name": "lake", "method": "aws-cross-account",
            "settings": {"role_arn": ROLE, "endpoint": self.front.url(), "region": REGION}});
        line.post("integrations", &lake).await;
        let keys = json!({"name": "keys", "method": "s3-compatible",
            "settings": {"preset": "seaweedfs", "endpoint": self.seaweed, "access_key_id": WRITER.access_key_id},
            "secrets": {"secret_access_key": WRITER.secret_access_key}});
        line.post("integrations", &keys).await;
        self.datasource("delegated", "lake", &Value::Null).await;
        self.datasource("plain", "keys", &Value::Null).await;
    }

    /// A datasource of everything under `data/`.
    pub(crate) async fn datasource(&self, name: &str, integration: &str, proof: &Value) {
        let mut datasource = json!({"name": name, "integration": integration, "bucket": self.bucket.name(),
            "prefix": "data", "purpose": "input-output", "region": REGION});
        if let (Some(fields), false) = (datasource.as_object_mut(), proof.is_null()) {
            fields.insert("proof".to_owned(), proof.clone());
        }
        let mut line = Line::open(&self.tidegate).await;
        line.call(Method::POST, "datasources", Bytes::from(datasource.to_string())).await;
    }
}

/// A server whose own identity is the user `broker`, and whose project may use the machine's.
fn server(front: &StsFront) -> Tidegate {
    let mut tidegate = Setup::new(PROGRAM).config(EGRESS).prepare();
    let secret = tidegate.dir().join("broker.secret");
    fs::write(&secret, BROKER.secret_access_key).expect("the folder of the server can be written");
    tidegate.add_config(&format!(
        "[aws]\nallow_ambient = [\"{PROJECT}\"]\n[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"{}\"\n\
         secret_access_key_file = \"{}\"\nsts_endpoint = \"{}\"\nprincipal_arn = \"{}\"",
        BROKER.access_key_id,
        secret.display(),
        front.url(),
        BROKER.arn()
    ));
    tidegate.start();
    tidegate
}

/// Keys as a labelling project has them.
pub(crate) fn keys(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| format!("data/camera-{:02}/{at:08}.jpg", at % 16))
}

/// The body that asks for their URLs.
pub(crate) fn urls_body(count: usize, method: &str) -> Bytes {
    let keys: Vec<_> = keys(count).collect();
    Bytes::from(json!({"keys": keys, "method": method, "ttl_seconds": 900}).to_string())
}
