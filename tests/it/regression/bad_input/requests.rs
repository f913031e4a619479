//! Requests that are too large, too many, too long-lived, out of date or at once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{self, WRITER};
use testkit::tidegate::Tidegate;

use crate::support::{Api, PROJECT, assert_problem, body, started};

const GIB: usize = 1 << 30;

/// A datasource `in` that works.
async fn connected() -> (Tidegate, Bucket) {
    let tidegate = started();
    let seaweed = component::seaweed();
    let bucket = Bucket::create_with_prefix(&seaweed.url, "tg-keys-").await;
    let api = Api::admin(&tidegate);
    let lake = json!({"name": "lake", "method": "s3-compatible", "secrets": {"secret_access_key": WRITER.secret_access_key},
        "settings": {"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": WRITER.access_key_id}});
    api.post("P/integrations", &lake).await.ok();
    let place =
        json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "data", "purpose": "input"});
    api.post("P/datasources", &place).await.ok();
    (tidegate, bucket)
}

/// Sends a body of 1 GiB until the server has had enough; how much it took, and what it answered.
fn pour(tidegate: &Tidegate, path: &str, framing: &str) -> (usize, String) {
    let address = tidegate.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let token = tidegate.admin_token();
    write!(
        stream,
        "POST /api/v1/projects/{PROJECT}/{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{framing}\r\n\r\n"
    )
    .unwrap();
    let chunked = framing.contains("chunked");
    let blank = vec![b' '; 65_536];
    let mut sent = 0;
    while sent < GIB {
        let head = if chunked { stream.write_all(b"10000\r\n") } else { Ok(()) };
        let tail = head.and_then(|()| stream.write_all(&blank));
        let tail = if chunked { tail.and_then(|()| stream.write_all(b"\r\n")) } else { tail };
        if tail.is_err() {
            break;
        }
        sent += blank.len();
    }
    let mut answer = vec![0; 4096];
    // A reset after the answer is as good as its end.
    let length = stream.read(&mut answer).unwrap_or(0);
    (sent, String::from_utf8_lossy(&answer[..length]).into_owned())
}

#[tokio::test]
async fn a_body_of_one_gib_is_refused_early_however_it_is_framed() {
    let tidegate = started();
    for path in ["integrations", "datasources/in/urls"] {
        for framing in [format!("content-length: {GIB}"), "transfer-encoding: chunked".to_owned()] {
            let (sent, answer) = pour(&tidegate, path, &framing);
            assert!(sent < GIB / 4, "{path}, {framing}: {sent} bytes were taken");
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{path}, {framing}: {answer}");
        }
    }
    // Whoever announces it and waits gets the answer and sends nothing.
    let api = Api::admin(&tidegate);
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(2 << 20));
    let answer = api.call("POST", "P/integrations", &[("content-type", "application/json")], large.as_bytes()).await;
    assert_problem(&answer, 413, "too_large", "");
}

#[tokio::test]
async fn one_key_too_many_refuses_the_batch_and_the_most_that_is_allowed_comes_in_order() {
    let (tidegate, _bucket) = connected().await;
    let api = Api::admin(&tidegate);
    let mut keys: Vec<_> = (0..100_001).map(|number| format!("data/{number}")).collect();
    let asked = |keys: &[String]| json!({"keys": keys, "method": "GET", "ttl_seconds": 60});
    assert_problem(&api.post("P/datasources/in/urls", &asked(&keys)).await, 413, "too_large", "/keys");
    keys.pop();
    let lines = [("accept", "application/x-ndjson")];
    let answer = api.json("POST", "P/datasources/in/urls", &lines, &asked(&keys)).await.ok();
    let text = answer.text();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.next().unwrap()["count"], 100_000);
    for key in &keys {
        assert_eq!(lines.next().unwrap()["key"], **key);
    }
    assert_eq!(lines.next().unwrap(), json!({"done": true, "count": 100_000}));
    assert_problem(&api.post("P/datasources/in/urls", &asked(&[])).await, 422, "invalid", "/keys");
}

#[tokio::test]
async fn a_life_of_nothing_less_than_nothing_or_ten_years_is_refused() {
    let (tidegate, _bucket) = connected().await;
    let api = Api::admin(&tidegate);
    let ten_years = 10 * 365 * 24 * 3600;
    for (path, mut asked) in [
        ("P/datasources/in/urls", json!({"keys": ["data/a"], "method": "GET"})),
        ("P/datasources/in/credentials", json!({"access": "read"})),
    ] {
        for (ttl, code) in [(0, "invalid"), (-1, "invalid"), (i64::MIN, "invalid"), (ten_years, "ttl_exceeds_limit")] {
            asked["ttl_seconds"] = ttl.into();
            assert_problem(&api.post(path, &asked).await, 422, code, "/ttl_seconds");
        }
        for odd in [json!("15m"), json!(1.5), json!(1e30), json!(null)] {
            asked["ttl_seconds"] = odd;
            assert_problem(&api.post(path, &asked).await, 422, "invalid", "/ttl_seconds");
        }
    }
}

#[tokio::test]
async fn a_change_names_the_revision_it_changes_and_of_two_at_once_one_wins() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &json!({"name": "i", "method": "aws-cross-account"})).await.ok();
    let change = |region: &str| json!({"settings": {"region": region}});
    let patch = |etag: &'static str, region: &'static str| {
        let headers: Vec<_> = Some(("if-match", etag)).into_iter().filter(|(_, etag)| !etag.is_empty()).collect();
        let api = Api::admin(&tidegate);
        async move { api.json("PATCH", "P/integrations/i", &headers, &change(region)).await }
    };
    assert_problem(&patch("", "eu-west-1").await, 428, "precondition_required", "");
    let first = api.get("P/integrations/i").await.ok();
    assert_eq!(first.headers["etag"], "\"1\"");
    for stale in ["\"0\"", "\"2\"", "1", "*", "\"x\""] {
        assert_problem(&patch(stale, "eu-west-1").await, 412, "precondition_failed", "");
    }
    assert_problem(&api.call("DELETE", "P/integrations/i", &[], b"").await, 428, "precondition_required", "");
    let (one, other) = tokio::join!(patch("\"1\"", "eu-west-1"), patch("\"1\"", "eu-west-2"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text(), other.text());
    let won = if one.status == 200 { "eu-west-1" } else { "eu-west-2" };
    let kept = api.get("P/integrations/i").await.ok();
    assert_eq!(
        (body(&kept)["settings"]["region"].as_str(), kept.headers["etag"].to_str().unwrap()),
        (Some(won), "\"2\"")
    );
}

#[tokio::test]
async fn what_is_not_json_or_has_unknown_fields_is_named() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let json = [("content-type", "application/json")];
    for broken in [&b"{"[..], b"<xml/>", b"{\"name\": \"a\"} {}", b"\xff\xfe", b"{\"name\": \"a\",}"] {
        let answer = api.call("POST", "projects", &json, broken).await;
        assert_problem(&answer, 400, "invalid", "");
    }
    assert_problem(&api.call("POST", "projects", &[], b"{\"name\": \"a\"}").await, 400, "invalid", "");
    for unknown in [json!({"name": "a", "nmae": "b"}), json!({"name": "a", "external_id": "mine"})] {
        assert_problem(&api.post("projects", &unknown).await, 422, "invalid", "");
    }
    for wrong in [json!({"name": 7}), json!({"name": null}), json!({"name": ["a"]}), json!([]), json!("a")] {
        assert_problem(&api.post("projects", &wrong).await, 422, "invalid", "");
    }
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(api.call("POST", "projects", &json, nested.as_bytes()).await.status / 100, 4);
    assert_eq!(api.get("projects?limit=0").await.status / 100, 4);
    assert_eq!(api.get("projects?limit=100000000000000000000").await.status / 100, 4);
    assert_eq!(api.get("projects?after=%00%ff").await.status / 100, 4);
    assert_eq!(api.get("projects/a%2Fb").await.status, 404);
}
