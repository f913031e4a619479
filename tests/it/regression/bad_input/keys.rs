//! Keys and prefixes that look wrong and are right: they stay as they are, byte for byte.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{self, BROKER};
use testkit::request::{Call, send};
use testkit::tidegate::Tidegate;

use crate::support::{Api, assert_problem, body, started};

/// What RFC 3986 leaves unreserved, and the slash between segments.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A bucket whose role reaches all of it, connected as `lake`.
async fn lake() -> (Tidegate, Bucket) {
    let tidegate = started();
    let seaweed = component::seaweed();
    let bucket = Bucket::create(&seaweed.url).await;
    let lake = json!({"name": "lake", "method": "s3-compatible",
        "settings": {"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": BROKER.access_key_id,
            "role_arn": "arn:aws:iam::000000000000:role/test-writer"},
        "secrets": {"secret_access_key": BROKER.secret_access_key}});
    Api::admin(&tidegate).post("P/integrations", &lake).await.ok();
    (tidegate, bucket)
}

fn datasource(name: &str, bucket: &Bucket, prefix: &str) -> Value {
    json!({"name": name, "integration": "lake", "bucket": bucket.name(), "prefix": prefix, "purpose": "input-output"})
}

async fn sign(api: &Api, datasource: &str, method: &str, keys: &[&str]) -> Vec<Value> {
    let asked = json!({"keys": keys, "method": method, "ttl_seconds": 300});
    let answer = body(&api.post(&format!("P/datasources/{datasource}/urls"), &asked).await.ok());
    answer["urls"].as_array().unwrap().clone()
}

#[tokio::test]
async fn unusual_keys_are_signed_byte_for_byte_and_hold_what_was_written() {
    let (tidegate, bucket) = lake().await;
    let api = Api::admin(&tidegate);
    api.post("P/datasources", &datasource("all", &bucket, "")).await.ok();
    // SeaweedFS keeps keys as names of files, each of which has at most 255 bytes.
    let longest = format!("{}{}", format!("{}/", "ü".repeat(100)).repeat(5), "k".repeat(19));
    assert_eq!(longest.len(), 1024);
    let keys = [
        " both ends ",
        "a%2Fb",
        "a%20b",
        "a+b c",
        "a?b#c",
        "a*b[c]",
        "quote\"'`",
        "${user.x}",
        "ünï/文",
        "a;b=c&d",
        "a:b@c",
        "tilde~!$(),",
        &longest,
        "a\tb",
    ];
    let (puts, gets) = (sign(&api, "all", "PUT", &keys).await, sign(&api, "all", "GET", &keys).await);
    let origin = component::seaweed().url;
    for ((key, put), get) in keys.iter().zip(&puts).zip(&gets) {
        assert_eq!((&put["key"], &get["key"]), (&json!(key), &json!(key)));
        let path = |url: &Value| url["url"].as_str().unwrap().strip_prefix(&origin).unwrap().to_owned();
        let expected = format!("/{}/{}?", bucket.name(), utf8_percent_encode(key, ENCODED));
        assert!(path(get).starts_with(&expected), "{key:?}: {get}");
        send(&origin, Call::new("PUT", &path(put)).body(key.to_string())).await.ok();
        assert_eq!(send(&origin, Call::new("GET", &path(get))).await.ok().text(), **key);
    }
    let mut expected: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
    expected.sort();
    assert_eq!(bucket.list("").await, expected);
}

/// SeaweedFS keeps files, so it does not tell these keys apart; what is signed is all there is to see.
#[tokio::test]
async fn slashes_and_dots_in_keys_are_never_normalised() {
    let (tidegate, bucket) = lake().await;
    let api = Api::admin(&tidegate);
    api.post("P/datasources", &datasource("all", &bucket, "")).await.ok();
    let keys = ["/lead", "//two", "a//b", "a/./b", "a/../b", "../x", "trail/", "/"];
    for (key, url) in keys.iter().zip(sign(&api, "all", "GET", &keys).await) {
        let expected = format!("/{}/{key}?X-Amz-", bucket.name());
        assert!(url["url"].as_str().unwrap().contains(&expected), "{key}: {url}");
    }
    api.post("P/datasources", &datasource("in", &bucket, "in")).await.ok();
    for outside in ["/in/a", "//in/a", "in", "inn/a", "In/a", "../in/a", "%69n/a"] {
        let asked = json!({"keys": ["in/a", outside], "method": "GET", "ttl_seconds": 300});
        let answer = api.post("P/datasources/in/urls", &asked).await;
        assert_problem(&answer, 403, "permission_denied", "/keys/1");
    }
    for (bad, pointer) in [(String::new(), "/keys/0"), ("k".repeat(1025), "/keys/0")] {
        let asked = json!({"keys": [bad], "method": "GET", "ttl_seconds": 300});
        assert_problem(&api.post("P/datasources/all/urls", &asked).await, 422, "invalid", pointer);
    }
}

#[tokio::test]
async fn unusual_prefixes_are_literal_and_what_no_policy_can_express_is_refused() {
    let (tidegate, bucket) = lake().await;
    let api = Api::admin(&tidegate);
    let credential = |name: &str| {
        let path = format!("P/datasources/{name}/credentials");
        let api = &api;
        async move { api.post(&path, &json!({"access": "read", "ttl_seconds": 900})).await }
    };
    for (at, prefix) in ["quote\"'/é 文", "a//b", "%2F", "a+b"].into_iter().enumerate() {
        let name = format!("good-{at}");
        let made = body(&api.post("P/datasources", &datasource(&name, &bucket, prefix)).await.ok());
        assert_eq!(made["datasource"]["prefix"], format!("{prefix}/"));
        assert_eq!(made["proof"]["status"], "passed");
        let issued = body(&credential(&name).await.ok());
        assert_eq!(issued["scope"]["prefix"], format!("{prefix}/"));
    }
    bucket.put("azb/secret", "not of a*b/").await.ok();
    for (at, prefix) in ["a*b", "a?b", "${aws:username}"].into_iter().enumerate() {
        let name = format!("wild-{at}");
        let made = body(&api.post("P/datasources", &datasource(&name, &bucket, prefix)).await.ok());
        assert_eq!(made["proof"]["status"], "passed", "URLs need no policy: {made}");
        assert_problem(&credential(&name).await, 422, "scope_not_expressible", "");
        let key = format!("{prefix}/x");
        assert_eq!(sign(&api, &name, "GET", &[&key]).await.len(), 1);
    }
    let asked = json!({"keys": ["azb/secret"], "method": "GET", "ttl_seconds": 60});
    assert_problem(&api.post("P/datasources/wild-0/urls", &asked).await, 403, "permission_denied", "/keys/0");
}
