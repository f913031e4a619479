//! Signed URLs, and the signatures that Google makes for them.

use serde_json::{Value, json};
use testkit::gcp::{GcpCall, GcpFront};
use tidegate_testkit as testkit;

use super::{TOKEN_CREATOR, USER, VIEWER, front, judged, member};

#[tokio::test]
async fn double_a_signed_url_is_good_for_what_was_signed_and_for_nothing_else() {
    let (front, bucket, _) = front().await;
    let (reader, user) = (front.service_account_json("reader"), front.service_account_json("user"));
    front.grant(bucket.name(), &member(&front.service_account("user")), USER);
    let sign = |key: &str, more: Value| {
        let mut step = json!({"do": "sign", "as": {"key": key}, "key": "team-a/x", "method": "GET"});
        more.as_object().unwrap().iter().for_each(|(name, value)| step[name] = value.clone());
        step
    };
    // Without dots: the library that asks would resolve them.
    let odd = "new/ ä+%2F&=#?'!*()~x//y";
    let only_new = json!({"x-goog-if-generation-match": "0"});
    let steps = vec![
        sign(&reader, json!({})),
        sign(&reader, json!({"response_type": "text/x-odd"})),
        sign(&reader, json!({"change": ["team-a/x", "team-a/y"]})),
        sign(&reader, json!({"change": ["X-Goog-Expires=60", "X-Goog-Expires=61"]})),
        sign(&reader, json!({"used_as": "DELETE"})),
        sign(&reader, json!({"send": {"x-goog-user-project": "other"}})),
        sign(&reader, json!({"method": "PUT", "body": "x"})),
        sign(&user, json!({"method": "PUT", "key": odd, "body": "odd", "headers": only_new})),
        sign(&user, json!({"method": "PUT", "key": odd, "body": "odd", "headers": only_new})),
        sign(&user, json!({"method": "PUT", "key": odd, "body": "odd", "headers": only_new, "send": {}})),
        sign(&user, json!({"key": odd})),
        sign(&user, json!({"method": "HEAD", "key": odd})),
        sign(&user, json!({"method": "DELETE", "key": odd})),
        sign(&user, json!({"key": odd})),
        sign(&reader, json!({"seconds": 604_800})),
    ];
    let mut said = judged(&front, &bucket, steps).await;
    let good = said.ok();
    assert_eq!((good["status"].as_u64(), good["body"].as_str()), (Some(200), Some("team-a/x")));
    assert_eq!(said.ok()["type"], "text/x-odd");
    let mut statuses = || said.ok()["status"].as_u64().unwrap();
    let rest: Vec<_> = (0..13).map(|_| statuses()).collect();
    assert_eq!(rest, [403, 403, 403, 403, 403, 200, 412, 403, 200, 200, 204, 404, 200]);
}

#[tokio::test]
async fn double_a_signed_url_ends_with_its_time() {
    let clock = std::sync::Arc::new(testkit::TestClock::at(jiff::Timestamp::from_second(1_800_000_000).unwrap()));
    let front = GcpFront::with_clock(clock.clone());
    let bucket = front.create_bucket().await;
    bucket.put("k", "k").await.ok();
    let reader = front.service_account("reader");
    front.grant(bucket.name(), &member(&reader), VIEWER);
    front.grant_account(&reader, &member(&reader), TOKEN_CREATOR);
    let url = sign_blob_url(&front, &reader, bucket.name(), "k", "20270115T080000Z").await;
    let get = async || testkit::request::send(&front.url(), testkit::request::Call::new("GET", &url)).await;
    assert_eq!(get().await.ok().text(), "k");
    clock.advance(std::time::Duration::from_secs(299));
    assert_eq!(get().await.status, 200);
    clock.advance(std::time::Duration::from_secs(1));
    let ended = get().await;
    assert_eq!((ended.status, ended.element("Code").as_deref()), (400, Some("ExpiredToken")));
}

/// A URL signed by hand through `signBlob`, for five minutes.
async fn sign_blob_url(front: &GcpFront, email: &str, bucket: &str, key: &str, date: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let day = &date[..8];
    let path = format!("/{bucket}/{key}");
    let query = format!(
        "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential={}%2F{day}%2Fauto%2Fstorage%2Fgoog4_request&\
         X-Goog-Date={date}&X-Goog-Expires=300&X-Goog-SignedHeaders=host",
        email.replace('@', "%40"),
    );
    let host = front.url().replace("http://", "");
    let canonical = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let hash = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes()));
    let to_sign = format!("GOOG4-RSA-SHA256\n{date}\n{day}/auto/storage/goog4_request\n{hash}");
    let call = testkit::request::Call::new("POST", &format!("/v1/projects/-/serviceAccounts/{email}:signBlob"))
        .header("authorization", &format!("Bearer {}", front.access_token(email)))
        .header("content-type", "application/json")
        .body(json!({"payload": STANDARD.encode(to_sign)}).to_string());
    let answer = testkit::request::send(&front.iam_credentials_url(), call).await.ok();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    let signature = STANDARD.decode(answer["signedBlob"].as_str().unwrap()).unwrap();
    format!("{path}?{query}&X-Goog-Signature={}", hex::encode(signature))
}

#[tokio::test]
async fn double_signatures_are_counted_and_refused_above_the_rate() {
    let clock = std::sync::Arc::new(testkit::TestClock::at(jiff::Timestamp::from_second(1_800_000_000).unwrap()));
    let front = GcpFront::with_clock(clock.clone());
    let reader = front.service_account("reader");
    let call = || {
        testkit::request::Call::new("POST", &format!("/v1/projects/-/serviceAccounts/{reader}:signBlob"))
            .header("authorization", &format!("Bearer {}", front.access_token(&reader)))
            .header("content-type", "application/json")
            .body(r#"{"payload": "YQ=="}"#)
    };
    let sign = async || testkit::request::send(&front.url(), call()).await;
    assert_eq!(sign().await.status, 403, "an account has no right to itself");
    front.grant_account(&reader, &member(&reader), TOKEN_CREATOR);
    front.limit_sign_blob(Some(2));
    assert_eq!([sign().await.status, sign().await.status], [200, 200]);
    let refused = sign().await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("RESOURCE_EXHAUSTED"));
    clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(sign().await.status, 200);
    assert_eq!(front.calls_of(GcpCall::SignBlob).len(), 5);
}
