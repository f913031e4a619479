//! Mistakes that others have made: none of them is repeated here.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{self, BROKER, READER, User, WRITER};
use testkit::request::{Call, send};
use testkit::tidegate::Tidegate;
use testkit::{HttpDouble, Reply};

use crate::support::{Api, admin, assert_problem, body, check, started};

fn lake(name: &str, user: &User, more: &[(&str, &str)]) -> Value {
    let mut settings =
        json!({"preset": "seaweedfs", "endpoint": component::seaweed().url, "access_key_id": user.access_key_id});
    for (key, value) in more {
        settings[*key] = (*value).into();
    }
    json!({"name": name, "method": "s3-compatible", "settings": settings,
        "secrets": {"secret_access_key": user.secret_access_key}})
}

async fn bucket() -> Bucket {
    Bucket::create_with_prefix(&component::seaweed().url, "tg-keys-").await
}

fn place(name: &str, integration: &str, bucket: &Bucket, purpose: &str) -> Value {
    json!({"name": name, "integration": integration, "bucket": bucket.name(), "prefix": "data", "purpose": purpose})
}

/// Changes an integration at its present revision.
async fn change(api: &Api, name: &str, body: &Value) -> testkit::request::Answer {
    let path = format!("P/integrations/{name}");
    let etag = api.get(&path).await.ok().headers["etag"].to_str().unwrap().to_owned();
    api.json("PATCH", &path, &[("if-match", &etag)], body).await
}

#[tokio::test]
async fn saving_with_a_blank_secret_keeps_it() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &lake("lake", &WRITER, &[])).await.ok();
    let saved = json!({"settings": {"region": "us-east-1"}, "secrets": {"secret_access_key": ""}});
    let changed = body(&change(&api, "lake", &saved).await.ok());
    assert_eq!(changed["proof"]["status"], "passed", "{changed}");
    let proof = body(&api.post("P/integrations/lake/prove", &json!({})).await.ok());
    assert_eq!(proof["status"], "passed", "the stored secret still works");
}

#[tokio::test]
async fn a_stored_secret_is_never_shown_to_another_host() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &lake("lake", &WRITER, &[])).await.ok();
    let thief = HttpDouble::always(Reply::s3_error(403, "AccessDenied", "No."));
    for setting in ["endpoint", "sts_endpoint"] {
        for secrets in [json!({}), json!({"secret_access_key": ""})] {
            let moved = json!({"settings": {setting: thief.url()}, "secrets": secrets});
            assert_problem(&change(&api, "lake", &moved).await, 422, "invalid", "/secrets/secret_access_key");
        }
    }
    assert!(thief.requests().is_empty(), "nothing was sent there");
}

#[tokio::test]
async fn a_token_of_one_project_finds_nothing_of_another() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &json!({"name": "i", "method": "aws-cross-account"})).await.ok();
    api.post("projects", &json!({"name": "other"})).await.ok();
    api.post("projects/other/service-accounts", &json!({"name": "thief"})).await.ok();
    api.post("projects/other/members", &json!({"principal": "thief", "role": "owner"})).await.ok();
    let asked = json!({"name": "t", "service_account": "thief", "role": "owner", "ttl_seconds": 900});
    let token = body(&api.post("projects/other/tokens", &asked).await.ok())["token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let ask = |method: &str, path: &str| {
        let call = Call::new(method, &format!("/api/v1/projects/{path}")).header("authorization", &bearer);
        let call = call.header("if-match", "\"1\"").header("content-type", "application/json").body("{}");
        let url = tidegate.url();
        async move { send(&url, call).await }
    };
    assert_eq!(ask("GET", "other").await.status, 200, "the token is good");
    for method in ["GET", "PATCH", "DELETE"] {
        let (there, missing) = (ask(method, "acme/integrations/i").await, ask(method, "acme/integrations/x").await);
        assert_problem(&there, 404, "not_found", "");
        let text = |answer: &testkit::request::Answer| {
            let mut problem = body(answer);
            problem["request_id"] = Value::Null;
            problem.to_string().replace("'i'", "'x'")
        };
        assert_eq!(text(&there), text(&missing), "what is hidden and what is missing look the same");
    }
    assert_eq!(api.get("P/integrations/i").await.status, 200, "it is still there");
}

#[tokio::test]
async fn listing_alone_is_no_proof_when_what_is_signed_cannot_be_fetched() {
    let tidegate = started();
    let bucket = bucket().await;
    bucket.put("data/a", "a").await.ok();
    let elsewhere = HttpDouble::always(Reply::s3_error(403, "SignatureDoesNotMatch", "No."));
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &lake("lake", &READER, &[("public_endpoint", &elsewhere.url())])).await.ok();
    let answer = api.post("P/datasources", &place("in", "lake", &bucket, "input")).await;
    assert_problem(&answer, 422, "proof_failed", "");
    let proof = &body(&answer)["proof"];
    assert_eq!(check(proof, "list")["status"], "passed");
    assert_eq!(check(proof, "signed-url")["status"], "failed", "{proof}");
}

#[tokio::test]
async fn a_life_is_what_the_provider_really_gave_and_no_url_outlives_its_session() {
    let tidegate = started();
    let bucket = bucket().await;
    bucket.put("data/a", "a").await.ok();
    let api = Api::admin(&tidegate);
    // SeaweedFS shortens sessions of this role to an hour and does not say so.
    let role = [("role_arn", "arn:aws:iam::000000000000:role/test-reader")];
    api.post("P/integrations", &lake("lake", &BROKER, &role)).await.ok();
    api.post("P/datasources", &place("in", "lake", &bucket, "input")).await.ok();
    let asked = json!({"access": "read", "ttl_seconds": 7200});
    let issued = body(&api.post("P/datasources/in/credentials", &asked).await.ok());
    assert_eq!(issued["requested_ttl_seconds"], 7200);
    assert!(issued["granted_ttl_seconds"].as_u64().unwrap() <= 3600, "{issued}");
    assert_eq!(issued["warnings"].as_array().unwrap().len(), 1, "{issued}");
    let asked = json!({"keys": ["data/a"], "method": "GET", "ttl_seconds": 7200});
    let answer = api.post("P/datasources/in/urls", &asked).await;
    assert_problem(&answer, 422, "ttl_exceeds_limit", "/ttl_seconds");
}

#[tokio::test]
async fn only_the_prefix_of_the_datasource_is_written_by_its_proof() {
    let tidegate = started();
    let (bucket, first) = (bucket().await, bucket().await);
    bucket.put("data/a", "a").await.ok();
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &lake("lake", &WRITER, &[])).await.ok();
    api.post("P/datasources", &place("out", "lake", &bucket, "input-output")).await.ok();
    assert_eq!((bucket.list("").await, first.list("").await), (vec!["data/a".to_owned()], vec![]));
    assert_eq!(bucket.get("data/a").await.ok().text(), "a");
}

#[tokio::test]
async fn a_token_in_a_url_is_no_token() {
    let tidegate = started();
    let token = tidegate.admin_token();
    for name in ["token", "access_token", "api_key"] {
        let call = Call::new("GET", &format!("/api/v1/projects?{name}={token}"));
        let answer = send(&tidegate.url(), call).await;
        assert!(matches!(answer.status, 400 | 401 | 422), "{}", answer.text());
    }
    assert!(!tidegate.logs().contains(&token));
}

#[tokio::test]
async fn the_external_id_and_what_depends_on_it_survive_whoever_made_the_project() {
    let tidegate = started();
    let bucket = bucket().await;
    let api = Api::admin(&tidegate);
    let password = "a-Password-of-hers-1";
    let ann = json!({"name": "ann", "password": password, "administrator": true});
    api.post("users", &ann).await.ok();
    let session = json!({"username": "ann", "password": password, "new_password": "another-Password-2"});
    let session = body(&api.post("sessions", &session).await.ok());
    let bearer = format!("Bearer {}", session["token"].as_str().unwrap());
    let hers = |method: &str, path: &str, body: &Value| {
        let call = Call::new(method, &format!("/api/v1/{path}")).header("authorization", &bearer);
        let call = call.header("content-type", "application/json").body(body.to_string());
        let url = tidegate.url();
        async move { send(&url, call).await }
    };
    let made = body(&hers("POST", "projects", &json!({"name": "hers"})).await.ok());
    let external_id = made["external_id"].as_str().unwrap().to_owned();
    hers("POST", "projects/hers/integrations", &lake("lake", &WRITER, &[])).await.ok();
    hers("POST", "projects/hers/datasources", &place("in", "lake", &bucket, "input")).await.ok();
    hers("POST", "projects/hers/members", &json!({"principal": "admin", "role": "admin"})).await.ok();
    admin(&tidegate, "user disable ann --yes").ok();
    assert_eq!(hers("GET", "projects/hers", &json!({})).await.status, 401, "she is gone");
    let kept = body(&api.get("projects/hers").await.ok());
    assert_eq!(kept["external_id"], external_id);
    let asked = json!({"keys": ["data/a"], "method": "GET", "ttl_seconds": 60});
    api.post("projects/hers/datasources/in/urls", &asked).await.ok();
    let forged = json!({"name": "forged", "external_id": external_id});
    assert_problem(&api.post("projects", &forged).await, 422, "invalid", "");
}

#[tokio::test]
async fn what_is_handed_out_after_a_rotation_is_of_the_new_secret() {
    let tidegate = started();
    let bucket = bucket().await;
    let api = Api::admin(&tidegate);
    api.post("P/integrations", &lake("lake", &READER, &[])).await.ok();
    api.post("P/datasources", &place("in", "lake", &bucket, "input")).await.ok();
    let asked = json!({"keys": ["data/a"], "method": "GET", "ttl_seconds": 60});
    let signer = async || {
        let answer = body(&api.post("P/datasources/in/urls", &asked).await.ok());
        answer["urls"][0]["url"].as_str().unwrap().to_owned()
    };
    assert!(signer().await.contains(READER.access_key_id));
    let rotated = json!({"settings": {"access_key_id": WRITER.access_key_id},
        "secrets": {"secret_access_key": WRITER.secret_access_key}});
    change(&api, "lake", &rotated).await.ok();
    assert!(signer().await.contains(WRITER.access_key_id));
    // A wrong one is proven first, and the good one stays.
    let wrong = json!({"secrets": {"secret_access_key": "not-the-secret"}});
    assert_problem(&change(&api, "lake", &wrong).await, 422, "proof_failed", "");
    let proof = body(&api.post("P/integrations/lake/prove", &json!({})).await.ok());
    assert_eq!(proof["status"], "passed");
}

#[tokio::test]
async fn the_audit_is_the_same_after_a_crash() {
    let mut tidegate: Tidegate = started();
    admin(&tidegate, "service-account create worker").ok();
    let export = |tidegate: &Tidegate| admin(tidegate, "audit export").ok().stdout;
    let before = export(&tidegate);
    tidegate.kill_and_restart();
    let after = export(&tidegate);
    assert!(after.starts_with(&before) && before.contains("service-account"), "{before}");
}
