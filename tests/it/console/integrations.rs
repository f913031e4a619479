//! `/projects/{project}/integrations`: connecting, proving, changing and taking away.

use std::time::Duration;

use serde_json::json;
use testkit::browser::{Browser, Keys, Options, judge};
use testkit::component::{BROKER, WRITER, seaweed};
use testkit::request::{Call, send};

use super::support::{Console, path_of};
use crate::cli::account::Account;
use crate::support::{Api, body};

const SECRET: &str = "Secret access key";

/// Fills in the details of a store with this secret.
fn details(browser: &Browser, name: &str, secret: &str) {
    browser.fill_label("Name", name);
    browser.choose("Kind of store", "SeaweedFS");
    browser.fill_label("Endpoint optional", &seaweed().url);
    browser.fill_label("Access key id", WRITER.access_key_id);
    browser.fill_label(SECRET, secret);
}

/// Waits until the proof on the page has ended, and gives its sentence.
fn ended(browser: &Browser) -> String {
    browser.wait_for("#run .notice strong");
    browser.text("#run .notice strong")
}

#[test]
fn a_store_is_connected_and_proven_step_by_step() {
    let console = Console::start();
    let browser = console.open();
    console.go(&browser, "P/integrations");
    judge(&browser, "integrations-empty");
    browser.follow_link("Connect a store");
    judge(&browser, "integrations-new");
    browser.follow_link("Choose S3-compatible store");
    judge(&browser, "integrations-new-details");
    wrong_details_are_named_as_they_are_typed(&browser);

    details(&browser, "lake", "not-the-secret-of-this-key");
    browser.press_button("Continue");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    // Leaving ends the check of what was typed last.
    browser.console_errors();
    judge(&browser, "integrations-setup-no-place");
    needs_of_the_cloud_side(&browser);
    for format in ["Steps", "Policies", "Commands", "Terraform"] {
        browser.follow_link(format);
        judge(&browser, &format!("integrations-setup-{}", format.to_lowercase()));
    }

    console.go(&browser, "P/integrations/lake/setup");
    browser.follow_link("Continue to proving");
    judge(&browser, "integrations-prove");
    browser.press_button("Prove");
    assert!(ended(&browser).starts_with("It does not hold"), "{}", browser.text("#run"));
    assert!(browser.text("#run").contains("What mends it:"), "{}", browser.text("#run"));
    judge(&browser, "proof-run-failed");

    // Back leads to the pages before, and sends nothing again.
    for path in ["lake/prove", "lake/setup"] {
        browser.back();
        browser.wait_for_path(&path_of(&format!("P/integrations/{path}")));
    }
    browser.follow_link("Back to the details");
    judge(&browser, "integrations-edit-pending");
    browser.fill_label(&format!("{SECRET} optional"), WRITER.secret_access_key);
    browser.press_button("Keep and continue");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    assert!(ended(&browser).starts_with("Everything that was asked holds"), "{}", browser.text("#run"));
    judge(&browser, "proof-run-passed");
    assert!(browser.has_link("Make a datasource"));

    console.go(&browser, "P/integrations");
    assert_eq!(browser.texts(".table .badge"), ["active"]);
    judge(&browser, "integrations-list");
    browser.fill_label("Name contains", "nothing like it");
    browser.press_button("Filter");
    browser.wait_for_heading("None matches");
    judge(&browser, "integrations-list-none");
    proofs_are_kept_and_compared(&console, &browser);
}

fn wrong_details_are_named_as_they_are_typed(browser: &Browser) {
    let wrong = |id: &str, words: &str| browser.wait_until(&format!("[id='e-{id}']"), |text| text.contains(words));
    browser.fill_label("Name", "<b>Lake</b>");
    wrong("name", "lower-case");
    browser.fill_label("Endpoint optional", "javascript:alert(1)");
    wrong("settings.endpoint", "http");
    browser.fill_label(SECRET, "blanks at the end ");
    wrong("secrets.secret_access_key", "white space");
    assert_eq!(browser.attribute("#f-name", "aria-invalid").as_deref(), Some("true"));
    browser.choose("Kind of store", "Garage");
    browser.wait_until("[id='n-settings.preset']", |text| text.contains("The region is garage"));
    judge(browser, "integrations-new-details-checked");
    browser.fill_label("Access key id", "GK1");
    browser.press_button("Continue");
    browser.wait_for_text("fields are not acceptable");
    assert_eq!((browser.value("Name").as_str(), browser.value(SECRET).as_str()), ("<b>Lake</b>", ""));
    judge(browser, "integrations-new-details-refused");
}

fn needs_of_the_cloud_side(browser: &Browser) {
    browser.fill_label("Bucket optional", "Not A Bucket");
    browser.press_button("Show for these");
    browser.wait_for(".field-wrong #f-bucket");
    judge(browser, "integrations-setup-refused");
    browser.fill_label("Bucket optional", "tg-keys-lake");
    browser.fill_label("Prefix optional", "data");
    browser.choose("Purpose", "Output: list, read, write and delete");
    browser.press_button("Show for these");
    browser.follow_link("Policies");
    browser.wait_for_text("list, read, write and delete objects below tg-keys-lake/data/");
    assert!(browser.text("#permission-policy").contains("tg-keys-lake"));
    browser.press_button("Copy Permission policy");
    assert!(browser.clipboard().contains("tg-keys-lake"));
    browser.press_button("Download Permission policy");
    let saved = String::from_utf8(browser.downloaded("permission-policy.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&saved).is_ok(), "{saved}");
    judge(browser, "integrations-setup-for-a-place");
}

fn proofs_are_kept_and_compared(console: &Console, browser: &Browser) {
    console.go(browser, "P/integrations/lake");
    judge(browser, "integration-active");
    browser.follow_link("All proofs");
    assert_eq!(browser.count(".strip a"), 2);
    judge(browser, "proofs-history");
    browser.click(".strip li:first-child a");
    browser.wait_for_heading("What changed");
    let changed = browser.text("article table");
    assert!(changed.contains("Authenticates") && changed.contains("failed"), "{changed}");
    judge(browser, "proof-report");
    browser.print(true);
    assert!(browser.text("main").contains("Everything that was asked holds"));
    browser.print(false);
    console.go(browser, "P/integrations/lake/proofs/0198c5a0-0000-7000-8000-000000000000");
    assert!(browser.sees("There is nothing here that you may see"));
    browser.console_errors();
}

#[tokio::test]
async fn a_role_is_made_between_two_steps_and_proven_across_a_restart() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let api = Api::admin(&tidegate);
    let mut console = Console { tidegate, api };
    let browser = console.open();
    console.go(&browser, "P/integrations/-/new/aws-cross-account/setup");
    judge(&browser, "integrations-setup-of-method");
    browser.follow_link("Fill in the details");
    browser.fill_label("Name", "lake");
    browser.press_button("More settings");
    browser.fill_label("Endpoint optional", &account.front.url());
    browser.press_button("Continue");
    browser.wait_for_button("Keep and go on");
    // Leaving ends the check of what was typed last.
    browser.console_errors();
    assert!(browser.sees(&BROKER.arn()), "whom to trust is named");
    judge(&browser, "integrations-setup-role");

    // One may leave: the list leads back.
    console.go(&browser, "P/integrations");
    judge(&browser, "integrations-list-pending");
    console.go(&browser, "P/integrations/lake/prove");
    assert!(browser.has_link("Finish the cloud side") && !browser.has_button("Prove"));
    console.go(&browser, "P/integrations");
    browser.follow_link("Continue with lake");
    browser.fill_label("Role ARN", "no-arn");
    browser.press_button("Keep and go on");
    browser.wait_for(".field-wrong");
    judge(&browser, "integrations-setup-role-refused");
    let places = account.places();
    let line = format!("integration setup lake {places} --format json");
    account.apply(&crate::support::admin(&console.tidegate, &line).ok().json());
    browser.fill_label("Role ARN", Account::ROLE);
    browser.press_button("Keep and go on");
    browser.wait_for_path(&path_of("P/integrations/lake/prove"));
    browser.press_button("Prove");
    browser.wait_for("#run");
    // The page finds the server again where it was.
    let address = console.tidegate.url().trim_start_matches("http://").to_owned();
    console.tidegate.set_env("TIDEGATE_CFG__LISTEN", Some(&address));
    console.tidegate.kill_and_restart();
    let browser = browser.patient_for(Duration::from_secs(60));
    assert!(ended(&browser).starts_with("Everything that was asked holds"), "{}", browser.text("#run"));
    assert!(browser.text("#run").contains("Refuses wrong external id"));
    browser.console_errors();
    judge(&browser, "proof-run-role-passed");
}

#[tokio::test]
async fn what_two_tabs_change_at_once_is_said_and_nothing_typed_is_lost() {
    let console = Console::start();
    console.store("lake").await;
    let browser = console.open();
    console.go(&browser, "P/integrations/lake/edit");
    judge(&browser, "integration-edit");
    let first = browser.new_tab();
    console.go(&browser, "P/integrations/lake/edit");
    browser.fill_label("Region optional", "eu-central-1");
    browser.press_button("Prove and save");
    browser.wait_for_text("The new settings are proven and in use.");
    browser.switch(&first);
    browser.press_button("More settings");
    browser.choose("Addressing optional", "In the path");
    browser.press_button("Prove and save");
    browser.wait_for_text("Somebody else changed it while you were typing.");
    assert!(browser.text("[role=alert]").contains("is now eu-central-1"), "{}", browser.text("[role=alert]"));
    assert_eq!(browser.value("Region optional"), "eu-central-1", "what the other changed is not taken back");
    assert_eq!(browser.value("Addressing optional"), "path");
    browser.console_errors();
    judge(&browser, "integration-edit-overtaken");
    browser.press_button("Prove and save");
    browser.wait_for_text("The new settings are proven and in use.");
    let settings = body(&console.api.get("P/integrations/lake").await)["settings"].clone();
    assert_eq!((&settings["region"], &settings["addressing"]), (&json!("eu-central-1"), &json!("path")));

    // Another endpoint needs the secret again; a proof that fails changes nothing.
    console.go(&browser, "P/integrations/lake/edit");
    browser.fill_label("Endpoint optional", "http://127.0.0.1:9");
    browser.press_button("Prove and save");
    browser.wait_for_text("requires this secret again");
    judge(&browser, "integration-edit-secret-again");
    browser.fill_label(&format!("{SECRET} optional"), WRITER.secret_access_key);
    browser.press_button("Prove and save");
    browser.wait_for_text("What the proof of the new settings found");
    judge(&browser, "integration-edit-unproven");
    let kept = body(&console.api.get("P/integrations/lake").await);
    assert_eq!(kept["settings"]["endpoint"], json!(seaweed().url));
}

#[tokio::test]
async fn a_session_that_ends_in_the_wizard_loses_nothing_but_secrets() {
    let console = Console::start();
    let browser = console.open();
    console.go(&browser, "P/integrations/-/new/s3-compatible");
    details(&browser, "lake", WRITER.secret_access_key);
    browser.forget_cookies();
    browser.press_button("Continue");
    browser.wait_for_text("What you typed is kept, but no secret");
    assert!(!browser.eval("return document.documentElement.outerHTML").to_string().contains(WRITER.secret_access_key));
    browser.console_errors();
    browser.fill_label("User name", "admin");
    browser.fill_label("Password", crate::support::ADMIN_PASSWORD);
    browser.press_button("Sign in");
    browser.wait_for_heading("S3-compatible store");
    assert_eq!(browser.value("Name"), "lake");
    assert_eq!(browser.value("Endpoint optional"), seaweed().url);
    assert_eq!(browser.value("Kind of store"), "seaweedfs");
    assert_eq!(browser.value(SECRET), "");
    browser.fill_label(SECRET, WRITER.secret_access_key);
    browser.press_button("Continue");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));

    // Whoever goes back and sends the form again is led on to what he has begun.
    browser.back();
    browser.wait_for_heading("S3-compatible store");
    details(&browser, "lake", WRITER.secret_access_key);
    browser.press_button("Continue");
    browser.follow_link("Continue with lake");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    browser.console_errors();
    assert_eq!(body(&console.api.get("P/integrations").await)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn secrets_are_rotated_and_it_is_paused_and_deleted() {
    let console = Console::start();
    let bucket = console.store("lake").await;
    console.datasource("pictures", "lake", &bucket, "input").await;
    let browser = console.open();
    console.go(&browser, "P/integrations/lake/rotate");
    judge(&browser, "integration-rotate");
    browser.fill_label(SECRET, "not-the-secret-of-this-key");
    browser.press_button("Prove and rotate");
    browser.wait_for_text("What the proof of the new secret found");
    judge(&browser, "integration-rotate-refused");
    browser.fill_label(SECRET, WRITER.secret_access_key);
    browser.press_button("Prove and rotate");
    browser.wait_for_text("The new secrets are kept.");
    browser.follow_link("Rotate secrets");
    browser.press_button("Go back to Secret access key, version 1");
    browser.wait_for_text("Version 1 of the secret is in use again.");
    judge(&browser, "integration-rotated");

    browser.follow_link("lake");
    browser.press_button("Pause");
    browser.wait_for_text("Paused: nothing is handed out");
    judge(&browser, "integration-paused");
    browser.press_button("Resume");
    browser.wait_for_text("Resumed");

    console.go(&browser, "P/datasources/pictures/proofs");
    judge(&browser, "proofs-history-datasource");
    browser.click(".strip li:first-child a");
    browser.wait_for_heading("Proof of pictures");
    assert!(browser.text(".kv").contains(bucket.name()), "{}", browser.text(".kv"));
    judge(&browser, "proof-report-datasource");

    console.go(&browser, "P/integrations/lake");
    browser.follow_link("Delete");
    browser.wait_for_heading("Integration “lake” is in use");
    assert!(browser.has_link("pictures"));
    judge(&browser, "integration-in-use");
    let shown = console.api.get("P/datasources/pictures").await;
    let tag = crate::support::etag(&shown);
    let gone = console.api.call("DELETE", "P/datasources/pictures", &[("if-match", &tag)], b"").await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    console.go(&browser, "P/integrations/lake/delete");
    judge(&browser, "integration-delete");
    browser.fill_label("Type lake to confirm", "lak");
    browser.press_button("Delete integration");
    browser.wait_for_text("Type 'lake' as it stands");
    browser.fill_label("Type lake to confirm", "lake");
    browser.press_button("Delete integration");
    browser.wait_for_text("The integration lake is deleted");
    browser.console_errors();
    assert_eq!(console.api.get("P/integrations/lake").await.status, 404);
}

#[tokio::test]
async fn without_scripts_it_is_connected_proven_and_paused_too() {
    let console = Console::start();
    let browser = console.open_with(Options::default().without_scripts());
    console.go(&browser, "P/integrations/-/new");
    browser.follow_link("Choose S3-compatible store");
    details(&browser, "lake", WRITER.secret_access_key);
    browser.press_keys(Keys::ENTER);
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    assert!(ended(&browser).starts_with("Everything that was asked holds"), "{}", browser.text("#run"));
    judge(&browser, "proof-run-without-scripts");
    console.go(&browser, "P/integrations/lake");
    browser.press_button("Pause");
    browser.wait_for_text("Paused: nothing is handed out");
}

#[tokio::test]
async fn a_viewer_sees_no_action_and_is_refused_by_hand() {
    let console = Console::start();
    console.person("vic", "viewer").await;
    let browser = console.open_as("vic");
    console.go(&browser, "P/integrations");
    assert!(!browser.has_link("Connect a store"));
    judge(&browser, "integrations-empty-viewer");
    console.store("lake").await;
    console.integrations("more", 60).await;
    console.go(&browser, "P/integrations");
    assert!(!browser.has_link("New integration") && browser.has_link("Next page"));
    judge(&browser, "integrations-long");
    browser.follow_link("Next page");
    browser.wait_for_link("First page");
    console.go(&browser, "P/integrations/lake");
    for action in ["Prove", "Pause"] {
        assert!(!browser.has_button(action), "{action}");
    }
    judge(&browser, "integration-viewer");
    for path in ["-/new", "-/new/s3-compatible", "lake/edit", "lake/rotate", "lake/delete", "lake/prove"] {
        console.go(&browser, &format!("P/integrations/{path}"));
        assert!(browser.sees("You may not do this"), "{path}: {}", browser.text("main"));
    }
    browser.console_errors();
    let cookie: Vec<_> =
        browser.cookies().into_iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    for path in
        ["-/new/s3-compatible", "lake/edit", "lake/rotate", "lake/prove", "lake/pause", "lake/delete", "lake/setup"]
    {
        let call = Call::new("POST", &path_of(&format!("P/integrations/{path}")))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &cookie.join("; "))
            .header("origin", &console.tidegate.url())
            .body("name=mine&typed=lake&revision=1&settings.role_arn=x&secrets.secret_access_key=y");
        let answer = send(&console.tidegate.url(), call).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    assert_eq!(body(&console.api.get("P/integrations/lake").await)["state"], json!("active"));
    assert_eq!(console.api.get("P/integrations/mine").await.status, 404);
}
