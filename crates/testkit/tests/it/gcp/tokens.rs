//! Keys, impersonation and federation.

use serde_json::{Value, json};
use testkit::gcp::PoolProvider;
use testkit::oidc;
use tidegate_testkit as testkit;

use super::{TOKEN_CREATOR, VIEWER, front, judged, member};

#[tokio::test]
async fn double_a_key_reads_with_the_role_and_not_without_it_nor_once_revoked() {
    let (front, bucket, _) = front().await;
    let (reader, other) = (front.service_account_json("reader"), front.service_account_json("other"));
    let get = |key: &str| json!({"do": "get", "as": {"key": key}, "key": "team-a/x"});
    let mut said = judged(&front, &bucket, vec![get(&reader), get(&other)]).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["does not have storage.objects.get access"]);

    let second = front.service_account_json("reader");
    let id: Value = serde_json::from_str(&reader).unwrap();
    front.revoke_key(id["private_key_id"].as_str().unwrap());
    let sign = json!({"do": "sign", "as": {"key": reader}, "key": "team-a/x", "method": "GET"});
    let mut said = judged(&front, &bucket, vec![get(&reader), get(&second), sign]).await;
    said.refused_with(["Invalid JWT Signature"]);
    assert_eq!(said.ok(), "team-a/x");
    assert_eq!(said.ok()["status"], 403);

    front.disable(&front.service_account("reader"));
    judged(&front, &bucket, vec![get(&second)]).await.refused_with(["account is disabled"]);
}

#[tokio::test]
async fn double_an_account_is_impersonated_by_who_may_and_for_an_hour_at_most() {
    let (front, bucket, reader) = front().await;
    let (broker, other) = (front.service_account("broker"), front.service_account("other"));
    front.grant_account(&reader, &member(&broker), TOKEN_CREATOR);
    let get = |email: &str, lifetime: u32| {
        let source = json!({"token": front.access_token(email)});
        json!({"do": "get", "as": {"impersonate": reader, "by": source, "lifetime": lifetime}, "key": "team-a/x"})
    };
    let steps = vec![get(&broker, 600), get(&other, 600), get(&reader, 600), get(&broker, 3601)];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getAccessToken", "cannot exceed"]);
    front.take_back_account(&reader, &member(&broker));
    judged(&front, &bucket, vec![get(&broker, 600)]).await.refused_with(["getAccessToken"]);
}

#[tokio::test]
async fn double_a_pool_takes_real_tokens_of_its_issuer_audience_and_subject() {
    let (front, bucket, reader) = front().await;
    let provider = PoolProvider::named("1", "pool", "real", &oidc::issuer());
    let audience = format!("https:{}", provider.audience());
    front.trust(provider.clone());
    front.trust(PoolProvider {
        subjects: Some(vec!["bob".into()]),
        ..PoolProvider::named("1", "pool", "bobs", &oidc::issuer())
    });
    front.trust(PoolProvider::named("1", "pool", "strangers", "https://issuer.example"));
    front.grant_account(&reader, &provider.member("alice"), "roles/iam.workloadIdentityUser");
    front.grant(bucket.name(), &provider.member("bob"), VIEWER);
    let dir = tempfile::tempdir().unwrap();
    let mut number = 0;
    let mut get = |provider: &PoolProvider, token: String, impersonates: bool| {
        number += 1;
        let file = dir.path().join(number.to_string());
        std::fs::write(&file, token).unwrap();
        let mut info = json!({
            "type": "external_account", "audience": provider.audience(), "token_url": front.sts_uri(),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": file},
        });
        if impersonates {
            let path = format!("/v1/projects/-/serviceAccounts/{reader}:generateAccessToken");
            info["service_account_impersonation_url"] = json!(front.iam_credentials_url() + &path);
        }
        json!({"do": "get", "as": {"federated": info}, "key": "team-a/x"})
    };
    let named = |name: &str| PoolProvider::named("1", "pool", name, "");
    let (alice, bob) = (oidc::token("alice", &audience).await, oidc::token("bob", &audience).await);
    let mut changed = alice.clone();
    changed.truncate(alice.len() - 8);
    let steps = vec![
        get(&provider, alice.clone(), true),
        get(&provider, bob.clone(), true),
        get(&provider, bob, false),
        get(&provider, oidc::token("alice", "https://somebody.else").await, true),
        get(&named("bobs"), oidc::token("alice", &format!("https:{}", named("bobs").audience())).await, true),
        get(&named("strangers"), alice.clone(), true),
        get(&named("unheard-of"), alice, true),
        get(&provider, changed + "AAAAAAAA", true),
    ];
    let mut said = judged(&front, &bucket, steps).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["iam.serviceAccounts.getAccessToken"]);
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["audience", "attribute condition", "issuer", "invalid_target", "signature"]);
}
