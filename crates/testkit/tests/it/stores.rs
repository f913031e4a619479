//! The stores that speak S3.

use bytes::Bytes;
use serde_json::{Value, json};
use testkit::aws_query::{SessionKeys, assume_role, create_ceph_role, query};
use testkit::component::{BROKER, OTHER, READER, WRITER, ceph, moto, seaweed};
use testkit::{Bucket, Gateway, Iam, StsFront};
use tidegate_testkit as testkit;

const ROLE: &str = "arn:aws:iam::000000000000:role/customer";

fn printed_trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": BROKER.arn()}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": "tg-1"}}},
        {"Effect": "Allow", "Principal": {"AWS": BROKER.arn()}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]},
    ]})
}

fn may_read(bucket: &str, prefix: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [format!("arn:aws:s3:::{bucket}/{prefix}*")]},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [format!("arn:aws:s3:::{bucket}")],
         "Condition": {"StringLike": {"s3:prefix": [format!("{prefix}*")]}}},
    ]})
}

/// Keys that trim, collapse or re-encode when somebody normalises them; SeaweedFS keeps objects in
/// folders, so that empty segments are left to Ceph.
const AWKWARD: [&str; 5] = ["in/ä b+c&d=e.txt", "in/%2F", "in/a?b#c", "in/ <&>\"'", "in/z"];

#[tokio::test]
async fn awkward_keys_come_back_from_both_stores_as_they_were_put() {
    for url in [seaweed().url, ceph()] {
        let bucket = Bucket::create(&url).await;
        for key in AWKWARD {
            bucket.put(key, key).await.ok();
            assert_eq!(bucket.get(key).await.ok().text(), key);
        }
        let mut expected = AWKWARD.to_vec();
        expected.sort_unstable();
        let mut listed = bucket.list("in/").await;
        listed.sort_unstable();
        assert_eq!(listed, expected, "{url}");
        bucket.delete("in/z").await.ok();
        assert_eq!(bucket.head("in/z").await.status, 404);
    }
}

#[tokio::test]
async fn a_key_with_empty_segments_comes_back_from_ceph() {
    let bucket = Bucket::create(&ceph()).await;
    bucket.put("/a//b/../c", "x").await.ok();
    assert_eq!(bucket.list("").await, ["/a//b/../c"]);
}

#[tokio::test]
async fn key_users_reach_their_prefix_only() {
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    bucket.put("data/a", "a").await.ok();
    bucket.put("other/a", "a").await.ok();
    let (reader, writer) = (bucket.seen_by_user(&READER), bucket.seen_by_user(&WRITER));
    assert_eq!(reader.list("data/").await, ["data/a"]);
    assert_eq!(reader.get("other/a").await.status, 403);
    assert_eq!(reader.put("data/b", "b").await.status, 403);
    assert_eq!(writer.put("data/b", "b").await.status, 200);
    assert_eq!(writer.put("other/b", "b").await.status, 403);
    assert_eq!(bucket.seen_by_user(&OTHER).get("data/a").await.status, 403);
}

#[tokio::test]
async fn a_printed_role_behind_the_front_wants_its_external_id_and_keeps_to_its_policy() {
    let bucket = Bucket::create(&seaweed().url).await;
    bucket.put("in/a", Bytes::from(vec![7; 3_000_000])).await.ok();
    bucket.put("out/a", "secret").await.ok();
    let gateway = Gateway::start(Iam::new().printed_role(ROLE, &printed_trust(), &may_read(bucket.name(), "in/")));
    let front = StsFront::start(&gateway.url());
    front.require(ROLE, Some("tg-1"));

    let without = assume_role(&front.url(), &BROKER, ROLE, &[]).await.unwrap_err();
    assert_eq!((without.status, without.element("Code").as_deref()), (403, Some("AccessDenied")));
    let stranger = assume_role(&front.url(), &OTHER, ROLE, &[("ExternalId", "tg-1")]).await.unwrap_err();
    assert_eq!(stranger.status, 403);
    let keys = assume_role(&front.url(), &BROKER, ROLE, &[("ExternalId", "tg-1")]).await.unwrap();
    assert_eq!(front.calls().iter().map(|call| call.refused).collect::<Vec<_>>(), [true, false, false]);

    let seen = bucket.through(&front.url()).seen_by(keys.clone());
    assert_eq!(seen.get("in/a").await.ok().body.len(), 3_000_000);
    assert_eq!(seen.list("in/").await, ["in/a"]);
    assert_eq!(seen.get("out/a").await.status, 403);
    assert_eq!(seen.put("in/b", "b").await.status, 403);
    let forged = SessionKeys { secret_access_key: "x".repeat(40), ..keys };
    assert_eq!(seen.seen_by(forged).get("in/a").await.status, 403);
}

#[tokio::test]
async fn a_large_object_passes_the_front_in_both_directions() {
    let bucket = Bucket::create(&seaweed().url).await;
    let front = StsFront::start(&seaweed().url);
    let through = bucket.through(&front.url());
    let body = Bytes::from((0..20_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect::<Vec<_>>());
    through.put("large", body.clone()).await.ok();
    assert!(through.get("large").await.ok().body == body);
    assert_eq!(through.head("large").await.ok().headers["content-length"], "20000000");
    assert!(front.calls().is_empty());
}

#[tokio::test]
async fn a_role_of_ceph_is_assumed_and_narrowed() {
    let bucket = Bucket::create(&ceph()).await;
    bucket.put("in/a", "a").await.ok();
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [BROKER.ceph_arn()]}, "Action": ["sts:AssumeRole"]}]});
    let name = format!("role-{}", bucket.name());
    let role = create_ceph_role(&ceph(), &name, &trust, &may_read(bucket.name(), "")).await;
    let keys = assume_role(&ceph(), &BROKER, &role, &[]).await.unwrap();
    assert_eq!(bucket.seen_by(keys).get("in/a").await.ok().text(), "a");
    let policy = may_read(bucket.name(), "other/").to_string();
    let narrowed = assume_role(&ceph(), &BROKER, &role, &[("Policy", &policy)]).await.unwrap();
    assert_eq!(bucket.seen_by(narrowed).get("in/a").await.status, 403);
    assert_eq!(assume_role(&ceph(), &OTHER, &role, &[]).await.unwrap_err().status, 403);
}

#[tokio::test]
async fn moto_administers_roles() {
    let parameters = [("Action", "ListRoles"), ("Version", "2010-05-08")];
    query(&moto(), &BROKER.keys(), "iam", &parameters).await.ok();
}
