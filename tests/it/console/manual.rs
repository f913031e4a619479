//! `/docs`: the manual, for whoever comes.

use testkit::browser::{Size, judge};

use super::support::Console;

#[test]
fn the_manual_is_read_and_searched_without_a_session() {
    let console = Console::start();
    let browser = console.visit("/docs");
    judge(&browser, "docs-first");
    browser.fill_label("Search the manual", "external id");
    browser.press_keys(testkit::browser::Keys::ENTER);
    browser.wait_for_heading("Search the manual");
    assert!(browser.count("main mark") > 0);
    judge(&browser, "docs-search");
    console.go(&browser, "/docs/search?q=xyzzyplugh");
    browser.wait_for_text("Nothing in the manual has all of these words");
    judge(&browser, "docs-search-none");
    console.go(&browser, "/docs/methods/aws-cross-account");
    assert!(browser.sees("role_arn"));
    judge(&browser, "docs-method");
    console.go(&browser, "/docs/nowhere");
    browser.wait_for_heading("There is nothing here that you may see");
    drop(browser.console_errors());
}

#[test]
fn the_navigation_folds_away_on_a_phone_and_is_reached_by_keyboard() {
    let console = Console::start();
    let browser = console.open();
    browser.size(Size::PHONE);
    console.go(&browser, "P/members");
    assert!(!browser.has_link("Grants"));
    browser.press_button("Menu");
    assert!(browser.has_link("Grants"));
    judge(&browser, "menu-phone");
    browser.reload();
    browser.press_keys(testkit::browser::Keys::TAB);
    assert_eq!(browser.focused(), "Skip to content");
}
