//! `/policy`: tools for everybody who is signed in, over which nothing of the installation is reached.

use axum::http::StatusCode;

use super::{get, member, post};
use crate::tenants::tenants;

/// Listing a bucket by the ARN of its objects, which has no effect.
const LISTS_OBJECTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"L","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::lake/*"}]}"#;

fn encoded(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_pasted_policy_is_answered_with_what_is_wrong_and_the_mended_text() {
    let tenants = tenants().await;
    let outsider = tenants.askers.iter().find(|asker| asker.who == "outsider").unwrap();
    let page = post(&tenants, outsider, "/policy", &encoded(&[("text", LISTS_OBJECTS)])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.shows(&["<code>bucket-action-on-object-arn</code>", "/Statement/0", "The mended policy"]);
    page.shows(&["&#34;arn:aws:s3:::lake&#34;", "s3:ListBucket"]);
    let page = post(&tenants, outsider, "/policy", &encoded(&[("text", "<script>alert(1)</script>")])).await;
    assert!(!page.html.contains("<script>alert"), "{}", page.html);
    page.shows(&["not-json"]);
}

#[tokio::test]
async fn what_is_no_policy_or_no_kind_is_said_beside_its_field() {
    let tenants = tenants().await;
    let viewer = member(&tenants, "viewer");
    for (pairs, words) in [
        (vec![("text", " ")], "id=\"e-text\">Paste a policy"),
        (vec![("text", "{}"), ("kind", "moon")], "choose one of the kinds"),
    ] {
        let page = post(&tenants, viewer, "/policy", &encoded(&pairs)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.html);
        assert!(page.html.to_lowercase().contains(&words.to_lowercase()), "{words}: {}", page.html);
    }
}

#[tokio::test]
async fn a_policy_of_one_megabyte_is_read_and_more_is_refused() {
    let tenants = tenants().await;
    let viewer = member(&tenants, "viewer");
    let policy = |bytes: usize| format!("text={}", "+".repeat(bytes.saturating_sub(2)) + "%7B%7D");
    let page = post(&tenants, viewer, "/policy", &policy(1024 * 1024)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html.len());
    let page = post(&tenants, viewer, "/policy", &policy(1024 * 1024 + 1)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.shows(&["longer than 1048576 bytes"]);
    let page = post(&tenants, viewer, "/policy", &policy(5 * 1024 * 1024)).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_decision_names_the_statement_that_made_it() {
    let tenants = tenants().await;
    let viewer = member(&tenants, "viewer");
    let identity = LISTS_OBJECTS.replace("ListBucket", "GetObject");
    let denies = r#"{"Version":"2012-10-17","Statement":{"Sid":"Office","Effect":"Deny","Principal":"*","Action":"s3:*",
        "Resource":"arn:aws:s3:::lake/*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}}"#;
    let ask = |address: &'static str| {
        let principal = "arn:aws:iam::111122223333:user/ann";
        let resource = "arn:aws:s3:::lake/a";
        encoded(&[
            ("cloud", "aws"),
            ("identity", &identity),
            ("bucket_policy", denies),
            ("principal", principal),
            ("action", "s3:GetObject"),
            ("resource", resource),
            ("context", address),
        ])
    };
    let page = post(&tenants, viewer, "/policy/simulate", &ask("aws:SourceIp=192.0.2.7")).await;
    page.shows(&["It is allowed.", "the identity policy", "<bdi>L</bdi>"]);
    let page = post(&tenants, viewer, "/policy/simulate", &ask("aws:SourceIp=198.51.100.7")).await;
    page.shows(&["It is denied.", "the bucket policy", "<bdi>Office</bdi>", "<details class=\"more\" open>"]);

    let wrong = encoded(&[("cloud", "azure"), ("trust", denies), ("principal", ""), ("action", "x"), ("resource", "")]);
    let page = post(&tenants, viewer, "/policy/simulate", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.shows(&["id=\"e-trust\"", "id=\"e-principal\""]);
}

#[tokio::test]
async fn policies_are_generated_for_a_project_and_a_method_that_there_are() {
    let tenants = tenants().await;
    let viewer = member(&tenants, "viewer");
    let page = get(&tenants, viewer, "/policy/generate").await;
    page.shows(&["<option value=\"ours\">ours</option>"]);
    assert!(!page.html.contains("theirs"), "{}", page.html);
    let page = get(&tenants, viewer, "/policy/generate?project=ours&method=none&bucket=lake").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.shows(&["id=\"e-method\"", "value=\"lake\""]);
    let outsider = tenants.askers.iter().find(|asker| asker.who == "outsider").unwrap();
    get(&tenants, outsider, "/policy/generate").await.shows(&["You are in no project yet"]);
}
