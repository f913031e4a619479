//! The main job with nothing but the console and what it says, from an empty start: connect, prove, look,
//! hand out, take back, account.

use testkit::Bucket;
use testkit::browser::{Browser, judge};
use testkit::component::{BROKER, seaweed};
use testkit::media;
use testkit::tidegate::Setup;

use crate::support::{EGRESS, PROGRAM};

const CHOSEN: &str = "a-Password-of-her-own";

/// The password that the first start printed.
fn printed_password(logs: &str) -> String {
    let line = logs.lines().find(|line| line.contains("password")).unwrap_or_else(|| panic!("no password: {logs}"));
    line.split_whitespace().last().unwrap().trim_matches(|c: char| c == '\'' || c == '"').to_owned()
}

#[tokio::test]
async fn someone_who_never_saw_it_connects_proves_looks_hands_out_takes_back_and_accounts() {
    let tidegate = Setup::new(PROGRAM).config(EGRESS).start();
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-walk-").await;
    bucket.allow_origin(&tidegate.url()).await.ok();
    for at in 0..3_u8 {
        bucket.put_as(&format!("in/cat-{at}.png"), "image/png", media::png(64, 48, [40 * at, 90, 120])).await.ok();
    }

    let browser = Browser::open();
    browser.go(&tidegate.url());
    sign_in_for_the_first_time(&browser, &printed_password(&tidegate.logs()));
    browser.follow_link("Make the first project");
    browser.fill_label("Name", "acme");
    browser.press_button("Make project");
    connect(&browser);
    make_a_datasource(&browser, &bucket);
    look_at_pictures(&browser);
    hand_out_and_take_back(&browser);
    account(&browser);
}

fn sign_in_for_the_first_time(browser: &Browser, printed: &str) {
    browser.fill_label("User name", "admin");
    browser.fill_label("Password", printed);
    browser.press_button("Sign in");
    browser.wait_for_heading("Choose a new password");
    browser.fill_label("Current password", printed);
    browser.fill_label("New password", CHOSEN);
    browser.fill_label("New password again", CHOSEN);
    browser.press_button("Change password and sign in");
    browser.wait_for_heading("Projects");
    // The first attempt was answered with 403, which the browser notes.
    drop(browser.console_errors());
}

fn proven(browser: &Browser) {
    browser.wait_for("#run .notice strong");
    let said = browser.text("#run .notice strong");
    assert!(said.starts_with("Everything that was asked holds") || said.starts_with("It holds"), "{said}");
}

fn connect(browser: &Browser) {
    browser.follow_link("Connect a bucket");
    browser.follow_link("Choose S3-compatible store");
    browser.fill_label("Name", "lake");
    browser.choose("Kind of store", "SeaweedFS");
    browser.fill_label("Endpoint optional", &seaweed().url);
    browser.fill_label("Access key id", BROKER.access_key_id);
    browser.fill_label("Secret access key", BROKER.secret_access_key);
    browser.press_button("More settings");
    browser.fill_label("Role ARN optional", "arn:aws:iam::000000000000:role/test-writer");
    browser.press_button("Continue");
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    proven(browser);
}

fn make_a_datasource(browser: &Browser, bucket: &Bucket) {
    browser.follow_link("Make a datasource");
    browser.fill_label("Bucket", bucket.name());
    browser.press_button("Look at what is typed");
    browser.press_button("in/");
    browser.wait_until("#place .path", |text| text.contains("in"));
    browser.fill_label("Name of the datasource", "pictures");
    browser.press_button("Make and prove");
    proven(browser);
    browser.follow_link("Open the datasource");
    browser.wait_for_heading("pictures");
}

fn look_at_pictures(browser: &Browser) {
    browser.follow_link("Browse objects");
    browser.wait_for(".thumb img");
    let loaded = "const [done] = [arguments[arguments.length - 1]]; const look = () => {
        const seen = [...document.querySelectorAll('.thumb img')].filter((image) => image.naturalWidth === 64);
        if (seen.length === 3) done(3); else setTimeout(look, 50);
    }; look();";
    assert_eq!(browser.eval_async(loaded, &[]), serde_json::json!(3));
    judge(browser, "walk-pictures");
}

fn hand_out_and_take_back(browser: &Browser) {
    browser.follow_link("Issue credential");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    browser.follow_link("Grants");
    browser.follow_link("Revoke everything");
    browser.fill_label("Type acme to confirm", "acme");
    judge(browser, "walk-revoke");
    let revoke = browser.buttons().into_iter().find(|name| name.starts_with("Revoke ")).unwrap();
    browser.press_button(&revoke);
    browser.wait_for_text("revok");
}

fn account(browser: &Browser) {
    browser.follow_link("Audit");
    browser.wait_for_text("credential.issue");
    browser.wait_for_text("grant.revoke");
    browser.follow_link("Export and verify");
    browser.press_button("Verify now");
    browser.wait_for_text("holds");
    judge(browser, "walk-verified");
    browser.follow_link("Overview");
    browser.wait_for_text("Last proofs");
    // Measured from both sides, under the region that the first proof found.
    assert!(!browser.text("main").contains("unknown"), "{}", browser.text("main"));
    judge(browser, "walk-overview");
}
