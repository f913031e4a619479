//! `/projects/{project}/integrations/{name}/proofs`: a long history, and what changed between any two.

use serde_json::{Value, json};
use testkit::StsFront;
use testkit::browser::judge;
use testkit::component::seaweed;
use testkit::gateway::adapt;
use testkit::http_double::Reply;

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
