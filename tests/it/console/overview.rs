//! `/projects/{project}` and `/admin/integrations`: what there is at a glance.

use serde_json::json;
use testkit::browser::judge;

use super::support::Console;
use crate::support::PROJECT;

#[tokio::test]
async fn the_overview_leads_from_nothing_to_access_and_names_what_waits() {
    let console = Console::start();
    let vic = console.person("vic", "viewer").await;
    let browser = console.open();
    browser.go(&format!("{}/projects/{PROJECT}", console.tidegate.url()));
    assert!(browser.has_link("Connect a bucket"));
    let bucket = console.store("lake").await;
    browser.reload();
    assert!(browser.has_link("Make a datasource"));
    judge(&browser, "overview-connected");
    console.datasource("pictures", "lake", &bucket, "input").await;
    let ask = json!({"keys": ["data/a"], "method": "GET", "ttl_seconds": 900});
    console.made("P/datasources/pictures/urls", &ask).await;
    assert_eq!(vic.get("P/audit").await.status, 403);
    browser.reload();
    browser.wait_for_text("GET on pictures");
    assert!(browser.sees("Refused within a day") && browser.sees("audit.read"), "{}", browser.text("main"));
    assert!(!browser.sees("What to do next"));
    judge(&browser, "overview-busy");
    let viewer = console.open_as("vic");
    assert!(!viewer.sees("Refused within a day"));
    judge(&viewer, "overview-viewer");
}

#[tokio::test]
async fn the_administrator_sees_every_integration_without_being_a_member() {
    let console = Console::start();
    console.store("lake").await;
    console.integrations("many", 60).await;
    let boss = json!({"name": "boss", "password": "first-Password-of-theirs", "administrator": true});
    console.made("users", &boss).await;
    let browser = console.visit("/sign-in");
    browser.fill_label("User name", "boss");
    browser.fill_label("Password", "first-Password-of-theirs");
    browser.press_button("Sign in");
    console.go(&browser, "/admin/integrations");
    assert_eq!(browser.count("tbody tr"), 50);
    judge(&browser, "governance-long");
    browser.follow_link("Next page");
    assert_eq!(browser.count("tbody tr"), 11);
    console.go(&browser, "/admin/integrations?contains=lake");
    assert_eq!(browser.count("tbody tr"), 1);
    assert!(browser.sees("secret_access_key") && browser.sees("active"), "{}", browser.text("main"));
    judge(&browser, "governance-one");
    console.go(&browser, "/admin/integrations?state=failed");
    browser.wait_for_text("Nothing matches");
    judge(&browser, "governance-none");
    console.go(&browser, "P/integrations");
    browser.wait_for_heading("There is nothing here that you may see");
}
