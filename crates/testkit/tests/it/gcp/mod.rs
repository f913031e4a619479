//! The front of Google Cloud, judged by Google's own Python client. Everything that is refused here is
//! refused by the double, which has a positive twin beside each.

mod bounded;
mod objects;
mod tokens;
mod tools;
mod urls;
mod wire;

use serde_json::{Value, json};
use testkit::gcp::{GcpBucket, GcpFront};
use tidegate_testkit as testkit;

use crate::judge::{Verdicts, ask};

const VIEWER: &str = "roles/storage.objectViewer";
const USER: &str = "roles/storage.objectUser";
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";

fn member(email: &str) -> String {
    format!("serviceAccount:{email}")
}

/// A front, a bucket with two prefixes, and an account that may read it.
async fn front() -> (GcpFront, GcpBucket, String) {
    let front = GcpFront::start();
    let bucket = front.create_bucket().await;
    for key in ["team-a/x", "team-a/y", "team-a/z", "team-b/x"] {
        bucket.put(key, key).await.ok();
    }
    let reader = front.service_account("reader");
    front.grant(bucket.name(), &member(&reader), VIEWER);
    (front, bucket, reader)
}

async fn judged(front: &GcpFront, bucket: &GcpBucket, mut steps: Vec<Value>) -> Verdicts {
    for step in &mut steps {
        step["bucket"] = json!(bucket.name());
    }
    ask("gcs", json!({"front": front.url(), "steps": steps})).await
}
