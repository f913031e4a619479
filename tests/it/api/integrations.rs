//! `P/integrations`: browsing, secrets and their versions, on a real store.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{OTHER, READER, seaweed};

use crate::support::{Api, assert_problem, body, etag, started};

/// An integration with the key pair of a user who may read `data/` in buckets of that name.
fn reader() -> Value {
    json!({
        "name": "store", "method": "s3-compatible",
        "settings": {"preset": "seaweedfs", "endpoint": seaweed().url, "access_key_id": READER.access_key_id},
        "secrets": {"secret_access_key": READER.secret_access_key}
    })
}

#[tokio::test]
async fn secrets_are_replaced_only_by_ones_that_work_and_rolled_back_to_ones_that_did() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let made = api.post("P/integrations", &reader()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        (&body(&made)["integration"]["state"], &body(&made)["proof"]["status"]),
        (&json!("active"), &json!("passed"))
    );
    assert!(!made.text().contains(READER.secret_access_key));

    let revision = etag(&made);
    let wrong = json!({"secrets": {"secret_access_key": OTHER.secret_access_key}});
    let failed = api.json("PATCH", "P/integrations/store", &[("if-match", &revision)], &wrong).await;
    assert_problem(&failed, 422, "proof_failed", "");
    let unproven = json!({"secrets": wrong["secrets"], "proof": "off", "reason": "to be mended"});
    let changed = api.json("PATCH", "P/integrations/store", &[("if-match", &revision)], &unproven).await;
    assert_eq!(body(&changed)["integration"]["state"], "unproven", "{}", changed.text());

    let versions = body(&api.get("P/integrations/store/secrets").await);
    let shown: Vec<_> =
        versions["items"].as_array().unwrap().iter().map(|item| (&item["version"], &item["current"])).collect();
    assert_eq!(shown, [(&json!(2), &json!(true)), (&json!(1), &json!(false))]);
    let back = api.post("P/integrations/store/secrets/secret_access_key/rollback", &json!({"version": 1})).await;
    assert_eq!(back.status, 200, "{}", back.text());
    let proven = body(&api.post("P/integrations/store/prove", &json!({})).await);
    assert_eq!(proven["status"], "passed", "{proven}");
    let none = api.post("P/integrations/store/secrets/secret_access_key/rollback", &json!({"version": 7})).await;
    assert_problem(&none, 404, "not_found", "");
}

#[tokio::test]
async fn a_secret_is_never_sent_to_another_host_than_it_was_given_for() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let made = api.post("P/integrations", &reader()).await;
    let revision = etag(&made);
    let moved = json!({"settings": {"endpoint": "http://127.0.0.1:9"}});
    let refused = api.json("PATCH", "P/integrations/store", &[("if-match", &revision)], &moved).await;
    assert_problem(&refused, 422, "invalid", "/secrets/secret_access_key");
}

#[tokio::test]
async fn browsing_shows_a_level_of_a_bucket_and_stops_when_paused() {
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    bucket.put("data/a/1.png", "1").await.ok();
    bucket.put("data/2.png", "2").await.ok();
    let tidegate = started();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &reader()).await.ok();
    let path = format!("P/integrations/store/browse?bucket={}&prefix=data/&delimiter=/", bucket.name());
    let level = body(&api.get(&path).await);
    assert_eq!((&level["prefixes"], &level["items"][0]["key"]), (&json!(["data/a/"]), &json!("data/2.png")), "{level}");
    let bad = api.get("P/integrations/store/browse?bucket=s3://x").await;
    assert_problem(&bad, 422, "invalid", "/bucket");

    assert_eq!(body(&api.post("P/integrations/store/pause", &json!({})).await)["state"], "paused");
    assert_problem(&api.get(&path).await, 409, "conflict", "");
    assert_eq!(body(&api.post("P/integrations/store/resume", &json!({})).await)["state"], "active");
    assert_eq!(api.get(&path).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_code_and_pointer() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let bad = [
        (json!({"name": "two words"}), 422, "/name"),
        (json!({"method": "telepathy"}), 422, "/method"),
        (json!({"proof": "off"}), 422, "/reason"),
        (json!({"reason": "because"}), 422, "/reason"),
        (json!({"settings": {"endpoint": "s3://data", "access_key_id": "a"}}), 422, "/settings/endpoint"),
        (json!({"secrets": {"secret_access_key": "ends with a newline\n"}}), 422, "/secrets/secret_access_key"),
    ];
    for (change, status, pointer) in bad {
        let mut ask = reader();
        for (field, value) in change.as_object().unwrap() {
            ask[field] = value.clone();
        }
        assert_problem(&api.post("P/integrations", &ask).await, status, "invalid", pointer);
    }
    api.post("P/integrations", &reader()).await.ok();
    assert_problem(&api.post("P/integrations", &reader()).await, 409, "name_taken", "/name");
    let methods = body(&api.get("methods").await);
    assert!(methods["items"].as_array().unwrap().iter().any(|method| method["id"] == "s3-compatible"));
}
