//! `/projects/{project}/audit` and `/admin/audit`: finding what happened, and showing that nothing was altered.

use std::fs;

use sqlx::{Connection as _, SqliteConnection};
use testkit::browser::{Browser, Options, judge};

use super::support::Console;
use crate::support::{ADMIN_PASSWORD, admin};

#[tokio::test]
async fn refusals_are_found_a_record_is_read_and_an_export_verifies_elsewhere() {
    let console = Console::start();
    let vic = console.person("vic", "viewer").await;
    let viewer = console.open_as("vic");
    console.go(&viewer, "P/audit");
    viewer.wait_for_text("You may not do this");
    assert!(!viewer.has_link("Audit"), "it is not offered either");
    judge(&viewer, "audit-forbidden");
    let hostile = "P/grants/%3Cimg%20src=x%20onerror=alert(1)%3E%E2%80%AEevil/revoke";
    vic.json("POST", hostile, &[("user-agent", "<script>alert(1)</script>")], &serde_json::json!({})).await;
    for name in ["ann", "bea", "cyd"] {
        admin(&console.tidegate, &format!("service-account create {name}")).ok();
    }

    let browser = console.open();
    console.go(&browser, "P/audit");
    browser.wait_for_text("Make a project");
    judge(&browser, "audit-list");
    browser.follow_link("Refused");
    browser.wait_until("main tbody", |text| text.contains("vic") && !text.contains("Make a project"));
    assert_eq!(browser.count("main tbody tr"), 2);
    assert_eq!(browser.count("main img, main script"), 0);
    judge(&browser, "audit-refused");
    browser.click("main tbody tr:first-child a");
    browser.wait_for_text("<script>alert(1)</script>");
    browser.wait_for_text("Private: kept beside the log");
    judge(&browser, "audit-record");
    browser.follow_link("Download inclusion proof");
    let seq = browser.path().rsplit('/').next().unwrap().to_owned();
    let proof: serde_json::Value =
        serde_json::from_slice(&browser.downloaded(&format!("acme-audit-{seq}-proof.json"))).unwrap();
    assert_eq!(proof["index"].to_string(), seq);

    console.go(&browser, "P/audit");
    browser.fill_label("Action", "service-account.change");
    browser.fill_label("Who", "admin");
    browser.press_button("Filter");
    browser.wait_until("main tbody", |text| text.contains("ann") && !text.contains("refused"));
    assert_eq!(browser.count("main tbody tr"), 3);
    console.go(&browser, "P/audit?since=yesterday&principal=admin");
    browser.wait_for("[role=alert]");
    assert_eq!(browser.value("Who"), "admin");
    judge(&browser, "audit-filter-refused");
    console.go(&browser, "P/audit?outcome=failed");
    browser.wait_for_text("Nothing failed.");
    judge(&browser, "audit-none-match");
    console.go(&browser, "P/audit/4711");
    browser.wait_for_text("There is nothing here that you may see");
    judge(&browser, "audit-missing");

    console.go(&browser, "P/audit");
    browser.follow_link("Export and verify");
    judge(&browser, "audit-verify");
    let mut command = console.tidegate.command();
    let line = browser.text("#verify-line");
    command.current_dir(console.tidegate.dir()).args(line.split_whitespace().skip(1));
    for (link, file) in [
        ("Download the public key", "acme-audit.pub"),
        ("Download the checkpoint", "acme-audit.checkpoint"),
        ("Download the whole log", "acme-audit.ndjson"),
    ] {
        browser.follow_link(link);
        fs::write(console.tidegate.dir().join(file), browser.downloaded(file)).unwrap();
        assert!(line.contains(file), "{line}");
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    console.go(&browser, "/admin/audit");
    browser.wait_for_text("Sign in");
    judge(&browser, "audit-installation");
}

#[tokio::test]
async fn a_check_in_the_page_holds_until_somebody_alters_a_record() {
    let console = Console::start();
    console.person("vic", "viewer").await;
    let browser = console.open();
    console.go(&browser, "P/audit/verify");
    browser.press_button("Verify now");
    browser.wait_until("#verdict", |text| text.contains("It holds.") && text.contains("signature holds"));
    judge(&browser, "audit-verified");

    let store = console.tidegate.data_dir().join("tidegate.db");
    let mut store = SqliteConnection::connect(&format!("sqlite://{}", store.display())).await.unwrap();
    let altered = "UPDATE audit_records SET record = replace(record, '\"viewer\"', '\"owner\"')
                   WHERE seq = 1 AND record LIKE '%\"viewer\"%' AND log <> 'installation'";
    assert_eq!(sqlx::query(altered).execute(&mut store).await.unwrap().rows_affected(), 1);
    browser.press_button("Verify now");
    browser.wait_until("#verdict", |text| text.contains("It does not hold.") && text.contains("Record 1:"));
    judge(&browser, "audit-altered");

    let plain = Browser::open_with(Options::default().without_scripts());
    console.sign_in(&plain, "admin", ADMIN_PASSWORD);
    console.go(&plain, "P/audit/verify");
    plain.press_button("Verify now");
    plain.wait_until("#verdict", |text| text.contains("Record 1:"));
    plain.follow_link("Record 1");
    plain.wait_for_heading("Record 1: Change members");
    console.go(&plain, "/admin/audit/verify");
    plain.press_button("Verify now");
    plain.wait_until("#verdict", |text| text.contains("It holds."));
}
