//! `P/.../proof-runs`: a proof that nobody waits for, on a real store, through a crash and a restart.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{WRITER, seaweed};
use testkit::tidegate::Tidegate;

use crate::support::{Api, assert_problem, body, started};

/// A step at which the server stands still while the run is its own.
const STANDS_STILL: &str = "proof-run-claimed";

/// An integration as a draft, and a bucket behind it.
async fn drafted() -> (Tidegate, Bucket) {
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    let tidegate = started();
    let ask = json!({
        "name": "store", "method": "s3-compatible", "draft": true,
        "settings": {"preset": "seaweedfs", "endpoint": seaweed().url, "access_key_id": WRITER.access_key_id},
        "secrets": {"secret_access_key": WRITER.secret_access_key}
    });
    let made = Api::admin(&tidegate).post("P/integrations", &ask).await;
    assert_eq!((made.status, &body(&made)["integration"]["state"]), (201, &json!("pending")), "{}", made.text());
    (tidegate, bucket)
}

async fn start(api: &Api, of: &str) -> Value {
    let asked = api.post(&format!("P/{of}/proof-runs"), &json!({})).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    body(&asked)
}

/// The run once it is over.
async fn over(api: &Api, run: &Value) -> Value {
    let path = format!("P/proof-runs/{}", run["id"].as_str().unwrap());
    let found = async {
        loop {
            let shown = body(&api.get(&path).await);
            if shown["state"] == "done" || shown["state"] == "failed" {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.expect("the run comes to its end")
}

#[tokio::test]
async fn drafts_are_in_use_after_runs_that_passed_and_each_run_can_be_looked_at() {
    let (tidegate, bucket) = drafted().await;
    let api = Api::admin(&tidegate);
    let run = start(&api, "integrations/store").await;
    assert_eq!((&run["subject"], &run["cause"]), (&json!({"kind": "integration", "name": "store"}), &json!("asked")));
    let shown = over(&api, &run).await;
    assert_eq!((&shown["state"], &shown["proof"]["status"]), (&json!("done"), &json!("passed")), "{shown}");
    assert_eq!(shown["checks"].as_array().unwrap().len(), 28, "all of them, once it is done");
    assert_eq!(body(&api.get("P/integrations/store").await)["state"], "active");

    let ask = json!({
        "name": "photos", "integration": "store", "bucket": bucket.name(), "prefix": "data",
        "purpose": "input-output", "draft": true
    });
    let made = api.post("P/datasources", &ask).await;
    assert_eq!((made.status, &body(&made)["datasource"]["usable"]), (201, &json!(false)), "{}", made.text());
    let shown = over(&api, &start(&api, "datasources/photos").await).await;
    assert_eq!((&shown["proof"]["status"], &shown["mode"]), (&json!("passed"), &json!("full")), "{shown}");
    assert_eq!(body(&api.get("P/datasources/photos").await)["usable"], true);

    let unknown = api.get("P/proof-runs/0197d2f0-0000-7000-8000-000000000000").await;
    assert_problem(&unknown, 404, "not_found", "");
    assert_problem(&api.get("P/proof-runs/x").await, 404, "not_found", "");
    let bad = api.post("P/datasources/photos/proof-runs", &json!({"mode": "write-only"})).await;
    assert_problem(&bad, 422, "invalid", "/mode");
}

#[tokio::test]
async fn run_whose_server_was_killed_is_finished_by_the_next_one() {
    let (mut tidegate, _bucket) = drafted().await;
    tidegate.stop();
    tidegate.set_env("TIDEGATE_FAILPOINT", Some(STANDS_STILL));
    tidegate.start();
    let run = start(&Api::admin(&tidegate), "integrations/store").await;
    tidegate.wait_for_log(&format!("failpoint {STANDS_STILL}"));
    let going = body(&Api::admin(&tidegate).get(&format!("P/proof-runs/{}", run["id"].as_str().unwrap())).await);
    assert_eq!((&going["state"], &going["proof"]), (&json!("running"), &Value::Null), "{going}");
    tidegate.kill();
    tidegate.set_env("TIDEGATE_FAILPOINT", None);
    tidegate.start();
    let api = Api::admin(&tidegate);
    let shown = over(&api, &run).await;
    assert_eq!((&shown["state"], &shown["proof"]["status"]), (&json!("done"), &json!("passed")), "{shown}");
    let proofs = body(&api.get("P/integrations/store/proofs").await);
    assert_eq!(proofs["items"].as_array().unwrap().len(), 1, "proven once");
    assert_eq!(body(&api.get("P/integrations/store").await)["state"], "active");
}
