//! `P/datasources/{name}/urls`, `.../credentials` and `P/grants`, through HTTP and against a real store.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::request::{Answer, Call, send};

use crate::cli::account::Connected;
use crate::support::{Api, assert_problem, body};

const NDJSON: [(&str, &str); 1] = [("accept", "application/x-ndjson")];

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name)?.to_str().ok()
}

fn ask(keys: &[&str], method: &str) -> Value {
    json!({"keys": keys, "method": method, "ttl_seconds": 900})
}

/// What plain HTTP gets for a URL.
async fn fetch(signed: &Value, with: &[(&str, &str)], sent: &str) -> Answer {
    let url = signed["url"].as_str().unwrap();
    let at = url.match_indices('/').nth(2).unwrap().0;
    let (origin, target) = url.split_at(at);
    let mut call = Call::new(signed["method"].as_str().unwrap(), target);
    for (name, value) in signed["headers"].as_object().unwrap() {
        call = call.header(name, value.as_str().unwrap());
    }
    for (name, value) in with {
        call = call.header(name, value);
    }
    send(origin, call.body(sent.to_owned())).await
}

#[tokio::test]
async fn urls_of_every_method_work_and_odd_keys_stay_as_they_are() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    // SeaweedFS takes 255 bytes between two slashes and folds doubled slashes itself: that those stay as they
    // are is shown by the text of the URL.
    let long = format!("out/{}{}", format!("{}/", "k".repeat(199)).repeat(5), "k".repeat(20));
    assert_eq!(long.len(), 1024);
    let keys = [
        "out/ blank at the start",
        "out/blank at the end ",
        "out/per%2Fcent%",
        "out/ünïcödé",
        "out/a+b&c=d?e#f",
        &long,
    ];
    let sign = async |method: &str, keys: &[&str]| {
        let answer = api.post("P/datasources/out/urls", &ask(keys, method)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let batch = body(&answer);
        assert_eq!(batch["count"], keys.len());
        let signed: Vec<_> = batch["urls"].as_array().unwrap().iter().map(|url| url["key"].clone()).collect();
        assert_eq!(signed, keys);
        batch["urls"].as_array().unwrap().clone()
    };
    for (key, put) in keys.iter().zip(sign("PUT", &keys).await) {
        assert_eq!(fetch(&put, &[], key).await.status, 200, "{key}");
    }
    let stored: BTreeSet<_> = connected.account.bucket.list("out/").await.into_iter().collect();
    for key in keys {
        assert!(stored.contains(key), "{key:?} is not among {stored:?}");
    }
    for (key, get) in keys.iter().zip(sign("GET", &keys).await) {
        assert_eq!(fetch(&get, &[], "").await.text(), *key);
    }
    for head in sign("HEAD", &keys).await {
        assert_eq!(fetch(&head, &[], "").await.status, 200);
    }
    for delete in sign("DELETE", &keys[..2]).await {
        assert_eq!(fetch(&delete, &[], "").await.status, 204);
    }
    assert_eq!(fetch(&sign("GET", &keys[..1]).await[0], &[], "").await.status, 404);
    let odd = sign("GET", &["out//two", "out/a/../b"]).await;
    assert!(odd[0]["url"].as_str().unwrap().contains("/out//two?"), "{}", odd[0]);
    assert!(odd[1]["url"].as_str().unwrap().contains("/out/a/../b?"), "{}", odd[1]);
}

#[tokio::test]
async fn headers_of_the_answer_and_of_the_upload_are_part_of_the_signature() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let mut get = ask(&["in/a b+c.txt"], "GET");
    get["response_headers"] =
        json!({"content-type": "text/x-tidegate", "content-disposition": "attachment; filename=\"a b.txt\""});
    let answer = body(&api.post("P/datasources/in/urls", &get).await);
    let got = fetch(&answer["urls"][0], &[], "").await;
    assert_eq!((got.text().as_str(), header(&got, "content-type")), ("from the customer", Some("text/x-tidegate")));

    let mut put = ask(&["out/typed"], "PUT");
    put["content_type"] = json!("image/png");
    let mut signed = body(&api.post("P/datasources/out/urls", &put).await)["urls"][0].clone();
    assert_eq!(signed["headers"], json!({"content-type": "image/png"}));
    assert_eq!(fetch(&signed, &[], "x").await.status, 200);
    signed["headers"] = json!({"content-type": "text/html"});
    assert_eq!(fetch(&signed, &[], "x").await.status, 403, "another type than was signed");
    get["response_headers"] = json!({"x-other": "1"});
    assert_problem(&api.post("P/datasources/in/urls", &get).await, 422, "invalid", "");
}

#[tokio::test]
async fn a_large_batch_comes_in_order_and_ends_with_its_count() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let keys: Vec<_> = (0..100_000).map(|number| format!("in/{number:06}\"é")).collect();
    let whole = json!({"keys": keys, "method": "GET", "ttl_seconds": 900});
    let answer = api.json("POST", "P/datasources/in/urls", &NDJSON, &whole).await;
    assert_eq!((answer.status, header(&answer, "content-type")), (200, Some("application/x-ndjson")));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), keys.len() + 2);
    assert_eq!((&lines[0]["count"], lines[0]["grant_id"].is_string()), (&json!(100_000), true));
    assert_eq!(lines[lines.len() - 1], json!({"done": true, "count": 100_000}));
    assert!(lines[1..=keys.len()].iter().map(|line| line["key"].as_str().unwrap()).eq(keys.iter().map(String::as_str)));
    assert!(lines[1..=keys.len()].iter().all(|line| line["expires_at"] == lines[0]["expires_at"]));

    let too_many = json!({"keys": vec!["in/k"; 100_001], "method": "GET", "ttl_seconds": 900});
    assert_problem(&api.json("POST", "P/datasources/in/urls", &NDJSON, &too_many).await, 413, "too_large", "/keys");
}

#[tokio::test]
async fn what_cannot_be_handed_out_is_refused_with_code_and_pointer() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let urls = async |datasource: &str, ask: &Value| api.post(&format!("P/datasources/{datasource}/urls"), ask).await;
    let credential = async |ask: &Value| api.post("P/datasources/in/credentials", ask).await;
    let with = |ask: Value, field: &str, value: Value| {
        let mut ask = ask;
        ask[field] = value;
        ask
    };
    let get = ask(&["in/a"], "GET");
    for (ttl, status, code) in [
        (json!(0), 422, "invalid"),
        (json!(-1), 422, "invalid"),
        (json!(315_360_000), 422, "ttl_exceeds_limit"),
        (json!("1h"), 422, "invalid"),
    ] {
        let refused = urls("in", &with(get.clone(), "ttl_seconds", ttl.clone())).await;
        assert_problem(&refused, status, code, "/ttl_seconds");
        let ask = with(json!({"access": "read"}), "ttl_seconds", ttl);
        assert_problem(&credential(&ask).await, status, code, "/ttl_seconds");
    }
    assert_problem(&credential(&json!({"access": "read", "ttl_seconds": 899})).await, 422, "invalid", "/ttl_seconds");
    assert_problem(&urls("in", &ask(&["in/a", "", "in/b"], "GET")).await, 422, "invalid", "/keys/1");
    assert_problem(&urls("in", &ask(&[&"k".repeat(1025)], "GET")).await, 422, "invalid", "/keys/0");
    assert_problem(&urls("in", &ask(&[], "GET")).await, 422, "invalid", "/keys");
    assert_problem(&urls("in", &ask(&["in/a", "inside"], "GET")).await, 403, "permission_denied", "/keys/1");
    assert_problem(&urls("in", &ask(&["in/a"], "DELETE")).await, 403, "permission_denied", "/method");
    assert_problem(&urls("none", &get).await, 404, "not_found", "");
    assert_problem(&urls("in", &with(get, "colour", json!("red"))).await, 422, "invalid", "");
    let write = json!({"access": "write", "ttl_seconds": 900});
    assert_problem(&credential(&write).await, 403, "permission_denied", "/access");
    let beside = json!({"access": "read", "prefix": "other", "ttl_seconds": 900});
    assert_problem(&credential(&beside).await, 403, "permission_denied", "/prefix");
    assert_eq!(body(&api.get("P/grants").await)["items"], json!([]), "nothing was handed out");
}

#[tokio::test]
async fn a_repeated_call_is_issued_again_under_its_grant_and_a_repeated_creation_is_answered_again() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let post =
        async |path: &str, key: &str, ask: &Value| api.json("POST", path, &[("idempotency-key", key)], ask).await;
    let ask = json!({"access": "read", "ttl_seconds": 1800});
    let issued = async |key: &str, ask: &Value| post("P/datasources/in/credentials", key, ask).await;
    let (first, again) = (body(&issued("one", &ask).await), body(&issued("one", &ask).await));
    assert_eq!(first["grant_id"], again["grant_id"]);
    assert_eq!(body(&api.get("P/grants").await)["items"].as_array().unwrap().len(), 1);
    assert_problem(&issued("one", &json!({"access": "read", "ttl_seconds": 900})).await, 409, "conflict", "");
    assert_problem(&issued("", &ask).await, 422, "invalid", "");
    let id = first["grant_id"].as_str().unwrap();
    assert_eq!(body(&api.post(&format!("P/grants/{id}/revoke"), &json!({})).await)["state"], "revoking");
    assert_problem(&issued("one", &ask).await, 409, "conflict", "");

    let account = json!({"name": "robot"});
    let (made, again) =
        (post("P/service-accounts", "two", &account).await, post("P/service-accounts", "two", &account).await);
    assert_eq!((made.status, again.status, body(&made)), (201, 201, body(&again)));
    assert_eq!(header(&again, "idempotency-replayed"), Some("true"));
    assert_problem(&post("P/service-accounts", "two", &json!({"name": "other"})).await, 409, "conflict", "");
    assert_problem(&post("P/service-accounts", "three", &account).await, 409, "name_taken", "");
    let token = json!({"name": "t"});
    assert_eq!(post("P/tokens", "four", &token).await.status, 201);
    let repeated = post("P/tokens", "four", &token).await;
    assert_problem(&repeated, 409, "conflict", "");
    assert!(repeated.text().contains("shown once"), "{}", repeated.text());
}

#[tokio::test]
async fn grants_are_listed_by_what_they_are_and_revoked_by_what_they_share() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    api.post("P/datasources/in/urls", &ask(&["in/a"], "GET")).await;
    api.post("P/datasources/out/urls", &ask(&["out/a"], "PUT")).await;
    api.post("P/datasources/in/credentials", &json!({"access": "read", "ttl_seconds": 900})).await;
    let count =
        async |query: &str| body(&api.get(&format!("P/grants?{query}")).await)["items"].as_array().unwrap().len();
    for (query, expected) in [
        ("", 3),
        ("kind=urls", 2),
        ("kind=credential&datasource=in", 1),
        ("datasource=out", 1),
        ("integration=lake&principal=admin", 3),
        ("state=live", 3),
        ("state=revoking", 0),
        ("limit=2", 2),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
    let preview = json!({"by": {"datasource": "in"}, "preview": true});
    assert_eq!(body(&api.post("P/grants/revoke", &preview).await)["grants"].as_array().unwrap().len(), 2);
    assert_eq!(count("state=live").await, 3);
    let revoked = body(&api.post("P/grants/revoke", &json!({"by": {"datasource": "in"}})).await);
    assert_eq!((&revoked["count"], &revoked["items"][0]["state"]), (&json!(2), &json!("revoking")));
    assert_eq!((count("state=revoking").await, count("state=live").await), (2, 1));
    assert_problem(&api.post("P/grants/revoke", &json!({"by": {"bucket": "b"}})).await, 422, "invalid", "/by");
    assert_problem(&api.post("P/grants/none/revoke", &json!({})).await, 404, "not_found", "");
    assert_problem(&api.get("P/grants?principal=nobody").await, 404, "not_found", "");
}
