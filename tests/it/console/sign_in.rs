//! `/sign-in`

use testkit::browser::{Keys, Options, judge};
use testkit::media;
use testkit::request::{Call, send};

use super::support::{Console, PASSWORD, path_of};
use crate::cli::account::Connected;
use crate::support::{ADMIN_PASSWORD, PROJECT};

#[test]
fn the_form_lets_in_who_knows_the_password_and_nobody_else() {
    let console = Console::empty();
    let browser = console.visit("/");
    assert!(browser.path().starts_with("/sign-in"), "{}", browser.path());
    judge(&browser, "sign-in");
    browser.fill_label("User name", "admin");
    browser.fill_label("Password", "not-the-Password");
    browser.press_button("Sign in");
    assert!(browser.path().starts_with("/sign-in") && browser.has_button("Sign in"));
    assert_eq!(browser.value("Password"), "");
    judge(&browser, "sign-in-refused");
    browser.fill_label("User name", "admin");
    browser.fill_label("Password", ADMIN_PASSWORD);
    browser.press_keys(Keys::ENTER);
    browser.wait_gone("input[type=password]");
    let cookies = browser.cookies();
    assert!(
        !cookies.is_empty() && cookies.iter().all(|cookie| cookie.http_only || cookie.name == "theme"),
        "{cookies:?}"
    );
    judge(&browser, "projects-none");
}

#[test]
fn without_scripts_one_is_let_in_too() {
    let console = Console::start();
    let browser = console.open_with(Options::default().without_scripts());
    browser.wait_for_text(PROJECT);
}

#[tokio::test]
async fn a_member_with_a_store_is_let_in() {
    let console = Console::start();
    let ada = console.person("ada", "developer").await;
    let bucket = console.store("lake").await;
    bucket.put_as("data/a.png", "image/png", media::png(8, 8, [1, 2, 3])).await.ok();
    console.datasource("pictures", "lake", &bucket, "input-output").await;
    console.integrations("more", 3).await;
    assert_eq!(ada.get("P/datasources/pictures/objects").await.status, 200);
    let browser = console.open_as("ada");
    assert!(browser.path() == "/" || browser.path().starts_with("/projects"), "{}", browser.path());
    browser.forget_cookies();
    console.sign_in(&browser, "ada", PASSWORD);
    console.go(&browser, "P/integrations");
    assert_eq!(browser.path(), path_of("P/integrations"));
    let head = send(&console.tidegate.url(), Call::new("GET", "/sign-in")).await;
    assert!(head.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn the_administrator_sees_what_is_connected_by_a_role() {
    let (console, _account) = Console::of_connected(Connected::new().await);
    let browser = console.open();
    console.go(&browser, "P/integrations");
    browser.wait_for_text("lake");
}
