//! Narrowed tokens, and conditions on roles.

use serde_json::{Value, json};
use testkit::gcp::GcpBucket;
use tidegate_testkit as testkit;

use super::{USER, VIEWER, front, judged, member};

fn rule(bucket: &GcpBucket, prefix: &str) -> Value {
    let name = bucket.name();
    let condition = format!(
        "resource.name.startsWith('projects/_/buckets/{name}/objects/{prefix}') || \
         api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('{prefix}')"
    );
    json!({
        "resource": format!("//storage.googleapis.com/projects/_/buckets/{name}"),
        "permissions": ["inRole:roles/storage.objectViewer"], "condition": condition,
    })
}

#[tokio::test]
async fn double_a_bounded_token_reads_and_lists_inside_and_nothing_beside() {
    let (front, bucket, _) = front().await;
    let user = front.service_account_json("user");
    front.grant(bucket.name(), &member(&front.service_account("user")), USER);
    let bounded = |rules: Value| json!({"bounded": {"key": user}, "rules": rules});
    let inside = bounded(json!([rule(&bucket, "team-a/")]));
    let mut odd = rule(&bucket, "team-a/");
    odd["condition"] = json!("resource.name.contains('team-a/')");
    let steps = vec![
        json!({"do": "get", "as": inside, "key": "team-a/x"}),
        json!({"do": "names", "as": inside, "prefix": "team-a/"}),
        json!({"do": "get", "as": inside, "key": "team-b/x"}),
        json!({"do": "names", "as": inside, "prefix": "team-b/"}),
        json!({"do": "names", "as": inside}),
        json!({"do": "put", "as": inside, "key": "team-a/new", "body": "x"}),
        json!({"do": "get", "as": bounded(json!([odd])), "key": "team-a/x"}),
        json!({"do": "permissions", "as": {"key": user}, "permissions": ["storage.objects.get", "storage.buckets.get"]}),
    ];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), "team-a/x");
    assert_eq!(said.ok(), json!(["team-a/x", "team-a/y", "team-a/z"]));
    said.refused_with([
        "storage.objects.get",
        "storage.objects.list",
        "storage.objects.list",
        "storage.objects.create",
        "invalid_request",
    ]);
    assert_eq!(said.ok(), json!(["storage.objects.get"]));

    front.set_bucket(bucket.name(), &json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}}));
    let mut said = judged(&front, &bucket, vec![json!({"do": "get", "as": inside, "key": "team-a/x"})]).await;
    said.refused_with(["storage.objects.get"]);
}

#[tokio::test]
async fn double_a_condition_on_a_role_narrows_it_to_its_prefix() {
    let (front, bucket, _) = front().await;
    let narrow = front.service_account("narrow");
    let condition = rule(&bucket, "team-b/")["condition"].as_str().unwrap().to_owned();
    front.grant_if(bucket.name(), &member(&narrow), VIEWER, &condition);
    let holder = json!({"token": front.access_token(&narrow)});
    let steps = vec![
        json!({"do": "get", "as": holder, "key": "team-b/x"}),
        json!({"do": "names", "as": holder, "prefix": "team-b/"}),
        json!({"do": "get", "as": holder, "key": "team-a/x"}),
        json!({"do": "names", "as": holder}),
    ];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), "team-b/x");
    assert_eq!(said.ok(), json!(["team-b/x"]));
    said.refused_with(["storage.objects.get", "storage.objects.list"]);
}
