//! What the front answers, byte for byte, where no client of Google's would show it.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::Reply;
use testkit::front::Form;
use testkit::gcp::{GcpBucket, GcpCall, GcpFront};
use testkit::jwt::SigningKey;
use testkit::request::{Answer, Call, send};
use tidegate_testkit as testkit;

use super::{USER, VIEWER, front, member};

async fn asked(front: &GcpFront, token: &str, method: &str, target: &str) -> Answer {
    send(&front.url(), Call::new(method, target).header("authorization", &format!("Bearer {token}"))).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn double_the_xml_api_works_with_a_token_and_keeps_keys() {
    let (front, bucket, _) = front().await;
    let user = front.service_account("user");
    front.grant(bucket.name(), &member(&user), USER);
    let (token, name) = (front.access_token(&user), bucket.name());
    let odd = format!("/{name}//new/../%2F%252F%20%C3%A4");
    let put = Call::new("PUT", &odd).header("authorization", &format!("Bearer {token}"));
    let put = put.header("content-type", "text/x-odd").header("x-goog-meta-a", "b").body("odd");
    let put = send(&front.url(), put).await.ok();
    assert_eq!(put.headers["etag"].to_str().unwrap(), format!("\"{}\"", md5_of_odd(&put)));
    assert_eq!(bucket.list("/new/").await, ["/new/..//%2F ä"]);
    let got = asked(&front, &token, "GET", &odd).await.ok();
    assert_eq!((got.text().as_str(), got.headers["content-type"].to_str().unwrap()), ("odd", "text/x-odd"));
    assert_eq!(asked(&front, &token, "HEAD", &odd).await.ok().headers["content-length"], "3");
    let some = Call::new("GET", &odd).header("authorization", &format!("Bearer {token}")).header("range", "bytes=1-1");
    let some = send(&front.url(), some).await;
    assert_eq!((some.status, some.text().as_str()), (206, "d"));

    let listed = asked(&front, &token, "GET", &format!("/{name}?list-type=2&prefix=team-a/&max-keys=2")).await.ok();
    assert_eq!(listed.element("Key").as_deref(), Some("team-a/x"));
    assert_eq!(listed.element("IsTruncated").as_deref(), Some("true"));
    let next = listed.element("NextContinuationToken").unwrap();
    let next = Form::of(&[("continuation-token", &next)]).encode();
    let listed = asked(&front, &token, "GET", &format!("/{name}?list-type=2&prefix=team-a/&{next}")).await.ok();
    assert_eq!(listed.element("Key").as_deref(), Some("team-a/z"));
    let folders = asked(&front, &token, "GET", &format!("/{name}?list-type=2&delimiter=/&prefix=team-")).await.ok();
    assert!(folders.text().contains("<CommonPrefixes><Prefix>team-a/</Prefix></CommonPrefixes>"), "{}", folders.text());

    assert_eq!(asked(&front, &token, "DELETE", &odd).await.status, 204);
    let gone = asked(&front, &token, "GET", &odd).await;
    assert_eq!((gone.status, gone.element("Code").as_deref()), (404, Some("NoSuchKey")));
    assert!(gone.headers.contains_key("x-guploader-uploadid"));
    let nobody = asked(&front, "unknown", "GET", &odd).await;
    assert_eq!((nobody.status, nobody.element("Code").as_deref()), (401, Some("AuthenticationRequired")));
    assert_eq!(
        asked(&front, &token, "GET", "/no-such-bucket/k").await.element("Code").as_deref(),
        Some("NoSuchBucket")
    );
}

/// The hash in the answer to a PUT, in hexadecimal.
fn md5_of_odd(put: &Answer) -> String {
    use base64::Engine as _;
    let hash = put.headers["x-goog-hash"].to_str().unwrap().split("md5=").nth(1).unwrap().to_owned();
    hex::encode(base64::engine::general_purpose::STANDARD.decode(hash).unwrap())
}

#[tokio::test]
async fn double_pages_of_other_origins_may_what_the_bucket_is_patched_to_let_them() {
    let (front, bucket, _) = front().await;
    let admin = front.service_account("admin");
    front.grant(bucket.name(), &member(&admin), "roles/storage.admin");
    let (token, name) = (front.access_token(&admin), bucket.name());
    let preflight = async || {
        let call = Call::new("OPTIONS", &format!("/{name}/team-a/x")).header("origin", "https://console.example");
        let answer = send(&front.url(), call.header("access-control-request-method", "GET")).await;
        answer.headers.get("access-control-allow-origin").map(|origin| origin.to_str().unwrap().to_owned())
    };
    let get = async || {
        let call = Call::new("GET", &format!("/{name}/team-a/x")).header("origin", "https://console.example");
        let answer = send(&front.url(), call.header("authorization", &format!("Bearer {token}"))).await.ok();
        answer.headers.contains_key("access-control-allow-origin")
    };
    assert_eq!((preflight().await, get().await), (None, false));
    let cors = json!({"cors": [{"origin": ["https://console.example"], "method": ["GET"], "responseHeader": ["*"]}]});
    let patch =
        Call::new("PATCH", &format!("/storage/v1/b/{name}")).header("authorization", &format!("Bearer {token}"));
    send(&front.url(), patch.header("content-type", "application/json").body(cors.to_string())).await.ok();
    assert_eq!(front.bucket_metadata(name)["cors"], cors["cors"]);
    assert_eq!((preflight().await.as_deref(), get().await), (Some("https://console.example"), true));
}

#[tokio::test]
async fn double_policies_permissions_and_buckets_are_told_to_who_may_know() {
    let (front, bucket, reader) = front().await;
    let admin = front.service_account("admin");
    front.grant_project(&member(&admin), "roles/storage.admin");
    let (low, high) = (front.access_token(&reader), front.access_token(&admin));
    let path = format!("/storage/v1/b/{}", bucket.name());
    assert_eq!(asked(&front, &low, "GET", &format!("{path}/iam")).await.status, 403);
    let policy = read(&asked(&front, &high, "GET", &format!("{path}/iam")).await.ok());
    assert_eq!(policy["bindings"][0], json!({"role": VIEWER, "members": [member(&reader)]}));
    let ask = format!("{path}/iam/testPermissions?permissions=storage.objects.get&permissions=storage.objects.create");
    assert_eq!(read(&asked(&front, &low, "GET", &ask).await.ok())["permissions"], json!(["storage.objects.get"]));
    assert_eq!(read(&asked(&front, &high, "GET", &ask).await.ok())["permissions"].as_array().unwrap().len(), 2);
    assert_eq!(asked(&front, &low, "GET", "/storage/v1/b?project=p").await.status, 403);
    let buckets = read(&asked(&front, &high, "GET", "/storage/v1/b?project=p").await.ok());
    assert_eq!(buckets["items"][0]["name"], bucket.name());
}

async fn assertion(front: &GcpFront, change: impl FnOnce(&mut Value)) -> Answer {
    let file: Value = serde_json::from_str(&front.service_account_json("reader")).unwrap();
    let key =
        SigningKey::from_private_pem(file["private_key_id"].as_str().unwrap(), file["private_key"].as_str().unwrap());
    let now = jiff_now();
    let mut claims = json!({
        "iss": file["client_email"], "scope": "https://www.googleapis.com/auth/devstorage.read_only",
        "aud": file["token_uri"], "iat": now, "exp": now + 3600,
    });
    change(&mut claims);
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let form = Form::of(&[("grant_type", grant), ("assertion", &key.sign(&claims))]);
    let call = Call::new("POST", "/token").header("content-type", "application/x-www-form-urlencoded");
    send(&front.url(), call.body(form.encode())).await
}

fn jiff_now() -> i64 {
    use domain::clock::Clock as _;
    domain::clock::SystemClock.now().as_second()
}

#[tokio::test]
async fn double_an_assertion_must_be_for_google_short_and_scoped() {
    let (front, bucket, _) = front().await;
    let token = read(&assertion(&front, |_| ()).await.ok())["access_token"].as_str().unwrap().to_owned();
    let at = |key: &str| format!("/{}/{key}", bucket.name());
    assert_eq!(asked(&front, &token, "GET", &at("team-a/x")).await.status, 200);
    front.grant(bucket.name(), &member(&front.service_account("reader")), USER);
    assert_eq!(asked(&front, &token, "DELETE", &at("team-a/x")).await.status, 403, "the scope is for reading");
    for (field, wrong, error) in [
        ("aud", json!("https://somebody.else"), "invalid_grant"),
        ("exp", json!(jiff_now() + 7200), "invalid_grant"),
        ("iat", json!(jiff_now() - 7200), "invalid_grant"),
        ("scope", json!(""), "invalid_scope"),
        ("iss", json!("nobody@example.com"), "invalid_grant"),
    ] {
        let refused = assertion(&front, |claims| claims[field] = wrong).await;
        assert_eq!((refused.status, read(&refused)["error"].as_str()), (400, Some(error)), "{field}");
    }
    let calls = front.calls_of(GcpCall::Token);
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [200, 400, 400, 400, 400, 400]);
}

#[tokio::test]
async fn double_calls_go_wrong_as_told_until_healed() {
    let (front, bucket, reader) = front().await;
    let token = front.access_token(&reader);
    let target = format!("/storage/v1/b/{}/o", bucket.name());
    front.fault(GcpCall::ObjectList, Reply::web_page());
    front.delay(GcpCall::ObjectList, Duration::from_millis(30));
    let start = std::time::Instant::now();
    assert!(asked(&front, &token, "GET", &target).await.text().contains("<h1>"));
    assert!(start.elapsed() >= Duration::from_millis(30));
    front.heal();
    assert_eq!(read(&asked(&front, &token, "GET", &target).await.ok())["items"].as_array().unwrap().len(), 4);
    front.forget_tokens();
    assert_eq!(asked(&front, &token, "GET", &target).await.status, 401);
    let statuses: Vec<_> = front.calls().iter().map(|call| (call.call, call.status)).collect();
    let list = GcpCall::ObjectList;
    assert_eq!(statuses, [(list, 200), (list, 200), (list, 401)]);
}

#[tokio::test]
async fn double_what_the_front_does_not_know_it_refuses() {
    let (front, bucket, reader): (GcpFront, GcpBucket, String) = front().await;
    let token = front.access_token(&reader);
    for target in [format!("/{}", bucket.name()), format!("/storage/v1/b/{}/acl", bucket.name()), "/".into()] {
        assert_eq!(asked(&front, &token, "GET", &target).await.status, 501, "{target}");
    }
}
