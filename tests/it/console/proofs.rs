//! `/projects/{project}/integrations/{name}/proofs`: a long history, and what changed between any two.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::browser::judge;
use testkit::component::seaweed;
use testkit::gateway::adapt;
use testkit::http_double::Reply;
use testkit::{Bucket, StsFront};

use super::support::{Console, store};
use crate::cli::account::{Account, Connected};
use crate::support::admin;

#[tokio::test]
async fn a_long_history_is_paged_and_any_two_proofs_are_compared() {
    let console = Console::start();
    let front = StsFront::start(&seaweed().url);
    let mut new = store("lake");
    new["settings"]["endpoint"] = json!(front.url());
    console.made("P/integrations", &new).await;
    front.fault("GET", Reply::s3_error(403, "InvalidAccessKeyId", "No such key."));
    console.api.post("P/integrations/lake/prove", &json!({})).await;
    front.heal();
    for _ in 0..3 {
        console.made("P/integrations/lake/prove", &json!({})).await;
    }
    let browser = console.open();
    let results = || browser.texts("tbody td:first-child");

    console.go(&browser, "P/integrations/lake/proofs?limit=2");
    assert_eq!(results(), ["passed", "passed"]);
    assert_eq!(browser.count(".strip li"), 2);
    assert!(!browser.has_link("First page"));
    browser.follow_link("Next page");
    assert_eq!(results(), ["passed", "failed"]);
    judge(&browser, "proofs-history-page");
    browser.follow_link("Next page");
    assert_eq!(results(), ["passed"]);
    assert!(!browser.has_link("Next page"));
    browser.follow_link("First page");
    assert_eq!(results(), ["passed", "passed"]);

    browser.click("tbody tr:first-child td:last-child a");
    browser.wait_for_heading("Proof of lake");
    assert!(browser.sees("Every check ended as it did then."), "{}", browser.text("main"));
    let failed = browser.texts("#against option").into_iter().find(|option| option.ends_with("failed")).unwrap();
    browser.select("#against", &failed);
    browser.wait_for_text("which ended as failed");
    assert!(browser.path().contains("?against="), "{}", browser.path());
    assert_eq!(browser.texts("tbody td:first-child"), ["Region"], "{}", browser.text("main"));
    judge(&browser, "proof-report-compared");
    browser.reload();
    assert!(browser.sees("which ended as failed"), "the address alone says what is compared");

    let path = browser.path();
    let (report, _) = path.split_once('?').unwrap();
    console.go(&browser, &format!("{report}?against=01900000-0000-7000-8000-000000000000"));
    browser.wait_for_heading("There is nothing here that you may see");
}

#[tokio::test]
async fn the_report_on_a_role_says_who_is_kept_out_and_shows_the_policy_that_narrows_it() {
    let mut account = Account::new().await;
    let (tidegate, bucket) = (account.tidegate(), account.bucket.name().to_owned());
    let place = format!("--bucket {bucket} --prefix in --purpose input");
    let setup = format!("integration setup --method aws-cross-account {place} --format json");
    let setup = admin(&tidegate, &setup).ok().json();
    // The owner of the data opens the whole bucket to readers.
    let printed = setup["permission_policy"].to_string();
    let wide: Value = serde_json::from_str(&printed.replace("/in/*", "/*")).unwrap();
    let external_id = adapt(&setup["trust_policy"]).external_id;
    account.make_role(&setup, &wide, external_id.as_deref());
    let (role, front) = (Account::ROLE, account.front.url());
    for line in [
        format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}"),
        format!("datasource create pictures --integration lake {place}"),
    ] {
        admin(&tidegate, &line).ok();
    }
    let (console, _account) = Console::of_connected(Connected { account, tidegate });
    let browser = console.open();
    console.go(&browser, "P/datasources/pictures/proofs");
    browser.click(".strip li:first-child a");
    browser.wait_for_heading("Proof of pictures");
    for text in ["refuses the role without an external id", "It may read objects outside the prefix.", "1 key on its"] {
        assert!(browser.sees(text), "{text}: {}", browser.text("main"));
    }
    let policy = browser.property("#report-policy-excess-other-prefix", "textContent");
    let policy: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    assert!(policy.to_string().contains(&format!("{bucket}/in/*")), "{policy}");
    judge(&browser, "proof-report-role");
}

/// Long enough that the run's place with its server is renewed many times, and no check is given up.
const SLOW: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_proof_that_takes_two_minutes_goes_on_while_one_leaves() {
    let console = Console::start();
    let front = StsFront::start(&seaweed().url);
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    bucket.put("data/first.txt", "x").await.ok();
    let mut new = store("lake");
    new["settings"]["endpoint"] = json!(front.url());
    console.made("P/integrations", &new).await;
    let place = json!({"name": "pictures", "integration": "lake", "bucket": bucket.name(), "prefix": "data",
        "purpose": "input-output"});
    console.made("P/datasources", &place).await;
    let browser = console.open();
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        front.delay(method, SLOW);
    }
    console.go(&browser, "P/datasources/pictures");
    browser.press_button("Prove");
    browser.wait_for("#run progress");
    let run = browser.path();
    assert!(browser.sees("You may leave this page and come back"));
    judge(&browser, "proof-run-going-on");

    console.go(&browser, "P/datasources/pictures");
    browser.follow_link("Look at it");
    assert_eq!(browser.path(), run, "one finds it again");
    let browser = browser.patient_for(Duration::from_secs(280));
    browser.wait_for("#run .notice strong");
    assert!(browser.text("#run").contains("Everything that was asked holds"), "{}", browser.text("#run"));
    let proof = console.api.get("P/datasources/pictures/proofs?limit=1").await;
    let took = crate::support::body(&proof)["items"][0]["duration_ms"].as_u64().unwrap();
    assert!(took > 90_000, "it took {took} ms");
}
