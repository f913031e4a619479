//! `/account`: the first sign-in, passwords, sessions and tokens.

use serde_json::json;
use testkit::browser::{Browser, judge};
use testkit::request::{Call, send};

use super::support::{Console, PASSWORD};

#[tokio::test]
async fn a_generated_password_is_changed_at_the_first_sign_in() {
    let console = Console::start();
    let made = console.made("users", &json!({"name": "ida"})).await;
    let generated = made["password"].as_str().unwrap();
    let browser = console.visit("/sign-in");
    browser.fill_label("User name", "ida");
    browser.fill_label("Password", generated);
    browser.press_button("Sign in");
    browser.wait_for_heading("Choose a new password");
    assert_eq!(browser.value("User name"), "ida");
    judge(&browser, "sign-in-first");
    change(&browser, generated, PASSWORD, "another-Password");
    browser.wait_for_text("The two new passwords differ.");
    change(&browser, generated, "short", "short");
    browser.wait_for_text("A password has 12 to 1024 characters.");
    assert!(browser.has_button("Change password and sign in"), "{}", browser.text("main"));
    change(&browser, generated, PASSWORD, PASSWORD);
    browser.wait_for_heading("Projects");
    assert!(browser.sees("You are no member of a project"));
    // The refusals above were answered with 403, which the browser notes.
    assert!(browser.console_errors().iter().all(|error| error.contains("403")));
    judge(&browser, "projects-none-member");
}

fn change(browser: &Browser, old: &str, new: &str, again: &str) {
    browser.fill_label("Current password", old);
    browser.fill_label("New password", new);
    browser.fill_label("New password again", again);
    browser.press_button("Change password and sign in");
}

#[tokio::test]
async fn sessions_are_seen_and_ended_everywhere() {
    let console = Console::start();
    console.person("ada", "developer").await;
    let (here, there) = (console.open_as("ada"), console.open_as("ada"));
    console.go(&here, "/account/sessions");
    assert!(here.sees("this one") && here.sees("on Linux"), "{}", here.text("main"));
    judge(&here, "account-sessions");
    here.press_button("Sign out everywhere else");
    here.wait_for_text("ended");
    console.go(&there, "/projects");
    assert!(there.path().starts_with("/sign-in?next="), "{}", there.path());
    here.press_button("Sign out everywhere");
    here.wait_for_text("You are signed out everywhere.");
    console.go(&here, "/projects");
    assert!(here.path().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions_and_the_old_one_is_refused() {
    let console = Console::start();
    console.person("ada", "viewer").await;
    let browser = console.open_as("ada");
    console.go(&browser, "/account/password");
    browser.fill_label("Current password", "not-the-Password");
    browser.fill_label("New password", "new-Password-of-theirs");
    browser.fill_label("New password again", "new-Password-of-theirs");
    browser.press_button("Change password");
    browser.wait_for("[role=alert]");
    assert_eq!(browser.value("Current password"), "");
    judge(&browser, "account-password-refused");
    browser.fill_label("Current password", PASSWORD);
    browser.fill_label("New password", "new-Password-of-theirs");
    browser.fill_label("New password again", "new-Password-of-theirs");
    browser.press_button("Change password");
    browser.wait_for_text("Your password is changed.");
    console.go(&browser, "/account/tokens");
    browser.wait_for_text("No token yet");
    judge(&browser, "account-tokens-empty");
    let old = json!({"username": "ada", "password": PASSWORD}).to_string();
    let call = Call::new("POST", "/api/v1/sessions").header("content-type", "application/json").body(old);
    assert_eq!(send(&console.tidegate.url(), call).await.status, 401);
}

#[test]
fn the_look_is_chosen_and_kept() {
    let console = Console::start();
    let browser = console.open();
    let shown = || browser.attribute("html", "data-theme").unwrap_or_default();
    assert_eq!(shown(), "system");
    browser.click("details.menu > summary");
    judge(&browser, "account-menu");
    browser.press_button("Dark");
    console.go(&browser, "/projects");
    assert_eq!(shown(), "dark");
    browser.click("details.menu > summary");
    browser.press_button("Sign out");
    browser.wait_for_text("You are signed out.");
    assert_eq!(shown(), "dark");
}
