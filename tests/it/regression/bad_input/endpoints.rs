//! Endpoints that are none, that are hostile, or that are not allowed; all of them doubles on loopback.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::http_double::Recorded;
use testkit::tidegate::{Setup, Tidegate};
use testkit::{HttpDouble, Reply};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body, check, started};

fn store_at(endpoint: &str) -> Value {
    json!({"name": "i", "method": "s3-compatible", "settings": {"endpoint": endpoint, "access_key_id": "AKIA1"},
        "secrets": {"secret_access_key": "s"}})
}

/// The problem that connecting to it ends with; nothing is kept.
async fn refused(tidegate: &Tidegate, endpoint: &str) -> Value {
    let api = Api::admin(tidegate);
    let answer = api.post("P/integrations", &store_at(endpoint)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(api.get("P/integrations/i").await.status, 404, "nothing is kept");
    body(&answer)
}

/// Fails the test unless this check ended so and says this word.
fn assert_said(problem: &Value, name: &str, status: &str, word: &str) {
    assert_eq!(problem["code"], "proof_failed", "{problem}");
    let found = check(&problem["proof"], name);
    assert_eq!(found["status"], status, "{problem}");
    assert!(found["detail"].as_str().unwrap().contains(word), "{found}");
}

fn denied() -> Reply {
    Reply::s3_error(403, "AccessDenied", "Access Denied.")
}

fn signed(request: &Recorded) -> bool {
    request.header("authorization").is_some()
}

#[tokio::test]
async fn a_web_page_and_a_redirect_to_the_metadata_service_are_named_and_not_followed() {
    let tidegate = started();
    let page = HttpDouble::always(Reply::web_page());
    let problem = refused(&tidegate, &page.url()).await;
    assert_said(&problem, "reachable", "failed", "web page");
    let redirect = HttpDouble::always(Reply::redirect_to_metadata());
    let problem = refused(&tidegate, &redirect.url()).await;
    assert_said(&problem, "reachable", "failed", "redirect");
    assert!(!problem.to_string().contains("169.254"), "what it points at is nobody's business: {problem}");
    assert!(redirect.requests().iter().all(|request| !signed(request)), "no key is shown to what is no store");
}

#[tokio::test]
async fn html_with_200_in_place_of_an_answer_is_never_a_pass() {
    let tidegate = started();
    let double = HttpDouble::start(|request| if signed(request) { Reply::web_page() } else { denied() });
    let problem = refused(&tidegate, &double.url()).await;
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("proof_failed"), &json!(true)), "{problem}");
    assert_eq!(check(&problem["proof"], "reachable")["status"], "passed");
    assert_eq!(check(&problem["proof"], "authenticates")["status"], "inconclusive", "{problem}");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_or_drips_is_given_up_and_may_be_tried_again() {
    let tidegate = started();
    let never = HttpDouble::always(Reply::never());
    let drips = HttpDouble::always(denied().dripping(Duration::from_secs(1)));
    let (never_url, drips_url) = (never.url(), drips.url());
    let (api, other) = (Api::admin(&tidegate), Api::admin(&tidegate));
    let (first, mut beside) = (store_at(&never_url), store_at(&drips_url));
    beside["name"] = "beside".into();
    let (silent, slow) = tokio::join!(api.post("P/integrations", &first), other.post("P/integrations", &beside));
    for answer in [silent, slow] {
        let problem = body(&answer);
        assert_eq!((answer.status, &problem["retryable"]), (422, &json!(true)), "{problem}");
        assert_eq!(problem["code"], "proof_failed");
        assert_eq!(check(&problem["proof"], "reachable")["status"], "inconclusive", "{problem}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_named_before_any_key_is_shown_by_a_double() {
    let tidegate = started();
    let double = HttpDouble::start(|_| denied().clock_off_by(3600));
    assert_said(&refused(&tidegate, &double.url()).await, "clock-skew", "failed", "s apart");
    assert!(double.requests().iter().all(|request| !signed(request)));
}

#[tokio::test]
async fn a_wrong_region_is_named_with_the_right_one_by_a_double() {
    let tidegate = started();
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The region 'us-east-1' is wrong; \
                     expecting 'eu-west-7'</Message><Region>eu-west-7</Region></Error>";
    let double = HttpDouble::start(move |request| match signed(request) {
        true => Reply::new(400, "application/xml", malformed),
        false => denied(),
    });
    let problem = refused(&tidegate, &double.url()).await;
    assert_eq!(problem["code"], "proof_failed");
    assert!(problem["proof"].to_string().contains("eu-west-7"), "{problem}");
}

#[tokio::test]
async fn private_addresses_need_the_operator_and_metadata_addresses_are_never_reached() {
    let double = HttpDouble::always(denied());
    let port = double.url().rsplit(':').next().unwrap().to_owned();
    let closed = Setup::new(PROGRAM).start();
    admin(&closed, &format!("project create {PROJECT}")).ok();
    for endpoint in [double.url(), format!("http://localhost:{port}"), format!("http://[::ffff:127.0.0.1]:{port}")] {
        let problem = refused(&closed, &endpoint).await;
        let detail = check(&problem["proof"], "egress-allowed");
        assert_eq!(detail["status"], "failed", "{problem}");
        assert!(detail["detail"].as_str().unwrap().contains("egress.allow"), "the setting is named: {detail}");
    }
    assert!(double.requests().is_empty(), "nothing was sent");
    let open = Setup::new(PROGRAM).config(&EGRESS.replace("127.0.0.0/8", "0.0.0.0/0")).start();
    admin(&open, &format!("project create {PROJECT}")).ok();
    for endpoint in ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://169.254.1.1:8080"] {
        let problem = refused(&open, endpoint).await;
        assert_eq!(check(&problem["proof"], "egress-allowed")["status"], "failed", "{problem}");
    }
}
