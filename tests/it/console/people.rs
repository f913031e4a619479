//! Projects, members, service accounts, tokens and settings of a project, and users of the installation.

use testkit::browser::{Options, judge};

use super::support::Console;
use crate::support::Api;

#[tokio::test]
async fn a_project_is_made_and_people_and_programs_join_it() {
    let console = Console::empty();
    let browser = console.open();
    browser.follow_link("Make the first project");
    browser.fill_label("Name", "<b>Acme</b>");
    browser.press_button("Make project");
    browser.wait_for("#e-name");
    judge(&browser, "project-new-refused");
    browser.fill_label("Name", "acme");
    browser.press_button("Make project");
    browser.wait_for_heading("Overview");
    judge(&browser, "overview-empty");

    browser.follow_link("Users");
    judge(&browser, "users-one");
    browser.follow_link("New user");
    judge(&browser, "user-new");
    browser.fill_label("User name", "ann@example.com");
    browser.press_button("Make user");
    browser.wait_for_text("it is shown this once");
    let password = browser.text("#password-text");
    judge(&browser, "user-made");
    console.go(&browser, "/admin/users/ann@example.com");
    browser.fill_label("Property", "team");
    browser.fill_label("Value optional", "vision");
    browser.press_button("Save property");
    browser.wait_for_text("vision");
    assert!(!browser.text("body").contains(&password));
    judge(&browser, "user-properties");

    console.go(&browser, "/projects/acme/members");
    browser.fill_label("User or service account", "nobody-of-that-name");
    browser.press_button("Add member");
    browser.wait_for("#e-principal");
    judge(&browser, "members-refused");
    browser.fill_label("User or service account", "ann@example.com");
    browser.click("input[value=auditor]");
    browser.press_button("Add member");
    browser.wait_for_text("ann@example.com is now auditor here.");
    browser.choose("Role of ann@example.com", "developer");
    browser.press_button("Save the role of ann@example.com");
    browser.wait_for_text("ann@example.com is now developer here.");
    judge(&browser, "members-two");

    browser.follow_link("Service accounts");
    browser.wait_for_heading("Service accounts");
    judge(&browser, "service-accounts-empty");
    browser.fill_label("Name", "trainer");
    browser.press_button("Make service account");
    browser.wait_for_text("It can do nothing until it has a role");
    assert_eq!(browser.value("User or service account"), "trainer");
    browser.press_button("Add member");
    browser.wait_for_text("trainer is now developer here.");
    console.go(&browser, "/projects/acme/service-accounts");
    judge(&browser, "service-accounts-one");
    browser.press_button("Disable trainer");
    browser.wait_for_text("none of its tokens is accepted");
    browser.press_button("Enable trainer");
    browser.wait_for_text("trainer is enabled again.");

    browser.follow_link("New token for trainer");
    browser.fill_label("Name", "nightly");
    browser.fill_label("Lives for", "forever");
    browser.press_button("Make token");
    browser.wait_for("#e-ttl");
    judge(&browser, "token-new-refused");
    browser.fill_label("Lives for", "7d");
    browser.press_button("Make token");
    browser.wait_for_text("it is shown this once");
    judge(&browser, "token-made");
    let trainer = Api::with_token(&console.tidegate, browser.text("#token-text"));
    assert_eq!(trainer.get("projects/acme/integrations").await.status, 200);
    browser.follow_link("I have copied it");
    browser.wait_for_text("ends soon");
    judge(&browser, "tokens-one");
    browser.follow_link("Revoke nightly");
    judge(&browser, "token-revoke");
    browser.press_button("Revoke token");
    browser.wait_for_text("The token is revoked.");
    assert_eq!(trainer.get("projects/acme/integrations").await.status, 401);

    console.go(&browser, "/projects/acme/members");
    browser.follow_link("Remove ann@example.com");
    judge(&browser, "member-remove");
    browser.press_button("Remove member");
    browser.wait_for_text("The member is removed.");
    assert!(!browser.text("table").contains("ann@example.com"));
}

#[tokio::test]
async fn settings_show_whom_to_trust_and_a_project_is_deleted_by_typing_its_name() {
    let console = Console::configured(
        "[aws.identity.aws]\nsource = \"ambient\"\nprincipal_arn = \"arn:aws:iam::111122223333:role/tidegate\"",
    );
    let browser = console.open_with(Options::default().without_scripts());
    console.go(&browser, "/projects/-/new");
    browser.fill_label("Name", "acme");
    browser.press_button("Make project");
    browser.follow_link("Settings");
    assert!(browser.sees("arn:aws:iam::111122223333:role/tidegate"), "{}", browser.text("main"));
    assert!(browser.text("main").contains("tidegate-"));
    judge(&browser, "settings-owner");
    browser.press_button("Rotate key");
    browser.wait_for_text("The project's key is now version 2.");
    browser.follow_link("Delete project");
    browser.fill_label("Type acme to confirm", "acne");
    browser.press_button("Delete project");
    browser.wait_for_text("ype 'acme' as it stands to confirm");
    judge(&browser, "settings-delete-refused");
    browser.fill_label("Type acme to confirm", "acme");
    browser.press_button("Delete project");
    browser.wait_for_text("The project acme is deleted.");
}

#[tokio::test]
async fn who_may_not_change_people_is_offered_nothing() {
    let console = Console::start();
    console.person("vic", "viewer").await;
    let browser = console.open_as("vic");
    for (page, state) in [("members", "members-viewer"), ("service-accounts", "service-accounts-viewer")] {
        console.go(&browser, &format!("P/{page}"));
        assert!(browser.buttons().iter().all(|name| !name.contains("Add") && !name.contains("Make")), "{page}");
        assert!(browser.sees("Your role here does not allow"), "{page}");
        judge(&browser, state);
    }
    console.go(&browser, "P/settings");
    assert!(!browser.has_button("Rotate key") && !browser.has_link("Delete project"));
    console.go(&browser, "/admin/users");
    browser.wait_for_heading("You may not do this");
    judge(&browser, "failure-forbidden");
    console.go(&browser, "/projects/nowhere");
    browser.wait_for_heading("There is nothing here that you may see");
    judge(&browser, "failure-not-found");
}
