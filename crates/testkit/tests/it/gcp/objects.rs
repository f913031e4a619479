//! What roles on a bucket let their holders do.

use serde_json::json;
use testkit::gcp::GcpCall;
use tidegate_testkit as testkit;

use super::{USER, front, judged, member};

#[tokio::test]
async fn double_objects_are_listed_written_copied_and_deleted_as_far_as_the_role_goes() {
    let (front, bucket, _) = front().await;
    let (reader, user) = (front.service_account_json("reader"), front.service_account_json("user"));
    let creator = front.service_account_json("creator");
    front.grant(bucket.name(), &member(&front.service_account("user")), USER);
    front.grant(bucket.name(), &member(&front.service_account("creator")), "roles/storage.objectCreator");
    let key = "new/ä b+c&d=e%2F//../#?\"'x";
    let put = |by: &str, key: &str| json!({"do": "put", "as": {"key": by}, "key": key, "body": "new"});
    let steps = vec![
        json!({"do": "names", "as": {"key": reader}, "prefix": "team-a/"}),
        put(&reader, key),
        put(&user, key),
        json!({"do": "get", "as": {"key": user}, "key": key}),
        json!({"do": "names", "as": {"key": user}, "prefix": "new/"}),
        json!({"do": "copy", "as": {"key": user}, "key": key, "to": "new/copy"}),
        json!({"do": "put_in_pieces", "as": {"key": user}, "key": "new/large", "size": 1_000_000}),
        json!({"do": "delete", "as": {"key": reader}, "key": key}),
        json!({"do": "delete", "as": {"key": user}, "key": key}),
        json!({"do": "get", "as": {"key": user}, "key": key}),
        put(&creator, "new/once"),
        put(&creator, "new/once"),
        json!({"do": "get", "as": {"key": creator}, "key": "new/once"}),
    ];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), json!(["team-a/x", "team-a/y", "team-a/z"]));
    said.refused_with(["storage.objects.create"]);
    said.ok();
    assert_eq!(said.ok(), "new");
    assert_eq!(said.ok(), json!([key]));
    assert_eq!(said.ok(), "new/copy");
    assert_eq!(said.ok(), 1_000_000);
    said.refused_with(["storage.objects.delete"]);
    said.ok();
    said.refused_with(["NotFound"]);
    said.ok();
    said.refused_with(["storage.objects.delete", "storage.objects.get"]);
    said.done();
    // The pages of a listing went through the front, and so did the pieces of an upload.
    assert!(front.calls_of(GcpCall::ObjectList).len() >= 3);
    assert!(front.calls_of(GcpCall::ObjectPut).len() >= 5);
}

#[tokio::test]
async fn double_an_absent_object_is_told_only_to_who_may_list() {
    let (front, bucket, reader) = front().await;
    let blind = front.service_account("blind");
    front.grant(bucket.name(), &member(&blind), "roles/storage.legacyObjectReader");
    let get = |email: &str, key: &str| json!({"do": "get", "as": {"token": front.access_token(email)}, "key": key});
    let steps = vec![get(&reader, "none"), get(&blind, "none"), get(&blind, "team-a/x")];
    let mut said = judged(&front, &bucket, steps).await;
    said.refused_with(["NotFound", "storage.objects.list"]);
    said.ok();
}

#[tokio::test]
async fn double_a_bucket_says_what_the_test_set() {
    let (front, bucket, reader) = front().await;
    front.grant(bucket.name(), &member(&reader), "roles/storage.legacyBucketReader");
    front.set_bucket(bucket.name(), &json!({"location": "EU"}));
    let holder = json!({"token": front.access_token(&reader)});
    let steps = vec![json!({"do": "metadata", "as": holder}), json!({"do": "metadata", "as": {"token": "unknown"}})];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), json!({"uniform": true, "location": "EU"}));
    said.refused();
}
