//! `/projects/{project}/datasources`: choosing a place, proving, changing and taking away.

use serde_json::json;
use testkit::browser::{Browser, Options, judge};
use testkit::component::{WRITER, seaweed};
use testkit::media;
use testkit::{Bucket, request};

use super::support::{Console, path_of};
use crate::support::{ADMIN_PASSWORD, body};

/// Waits until the proof on the page has ended, and gives its sentence.
fn ended(browser: &Browser) -> String {
    browser.wait_for("#run .notice strong");
    browser.text("#run .notice strong")
}

/// Clicks a folder or bucket of the picker and waits until the place is chosen.
fn pick(browser: &Browser, name: &str, prefix: &str) {
    browser.press_button(name);
    browser.wait_for(&format!("#f-prefix[value='{prefix}']"));
}

fn connect(browser: &Browser) {
    browser.fill_label("Name", "lake");
    browser.choose("Kind of store", "SeaweedFS");
    browser.fill_label("Endpoint optional", &seaweed().url);
    browser.fill_label("Access key id", WRITER.access_key_id);
    browser.fill_label("Secret access key", WRITER.secret_access_key);
    browser.press_button("Continue");
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    assert!(ended(browser).starts_with("Everything that was asked holds"), "{}", browser.text("#run"));
}

/// A bucket with some folders, some of which cannot be a datasource's.
async fn bucket_of_folders(console: &Console) -> Bucket {
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    bucket.allow_origin(&console.tidegate.url()).await.ok();
    for folder in ["cats & dogs", "<b>raw<i>", "\u{202e}gnp", "📷 März", "it's \"quoted\""] {
        bucket.put_as(&format!("data/{folder}/a.png"), "image/png", media::png(8, 8, [1, 2, 3])).await.ok();
    }
    bucket.put_as("data/readme.txt", "text/plain", "hello").await.ok();
    bucket
}

#[tokio::test]
async fn from_nothing_one_is_led_to_a_proven_datasource() {
    let console = Console::start();
    let bucket = bucket_of_folders(&console).await;
    let browser = console.open();
    console.go(&browser, "P/datasources");
    judge(&browser, "datasources-empty");
    browser.follow_link("Connect a store and make a datasource");
    browser.wait_for_heading("Connect a store first");
    judge(&browser, "datasources-new-not-connected");
    browser.follow_link("Connect a store");
    browser.follow_link("Choose S3-compatible store");
    connect(&browser);
    browser.follow_link("Go on with the datasource");
    browser.wait_for_heading("Where is the data?");
    judge(&browser, "datasources-new");

    the_place_is_chosen(&browser, &bucket);
    browser.tick("Input and output", true);
    browser.fill_label("Name of the datasource", "pictures");
    browser.press_button("Show the CORS document to apply");
    browser.wait_for_text("takes the place of the CORS rules");
    assert!(browser.text("#cors").contains(&console.tidegate.url()), "{}", browser.text("#cors"));
    browser.press_button("Copy CORS document");
    assert!(browser.clipboard().contains("CORSRules"));
    judge(&browser, "datasources-new-chosen");
    browser.press_button("Make and prove");
    assert!(browser.path().contains("/proof-runs/"), "{}", browser.path());
    assert!(ended(&browser).starts_with("Everything that was asked holds"), "{}", browser.text("#run"));
    browser.follow_link("Open the datasource");
    browser.wait_for_heading("pictures");
    assert_eq!(browser.texts(".head .badge"), ["usable"]);
    judge(&browser, "datasource-usable");
    console.go(&browser, "P/datasources");
    assert_eq!(browser.text("td[data-label=Place]"), format!("{}/data/cats & dogs/", bucket.name()));
    judge(&browser, "datasources-list");
    the_list_is_filtered(&browser, &console);
}

/// Through the picker, with what was typed staying where it is.
fn the_place_is_chosen(browser: &Browser, bucket: &Bucket) {
    browser.tick("Output", true);
    browser.fill_label("Bucket", bucket.name());
    browser.fill_label("Prefix optional", "data");
    browser.press_button("Look at what is typed");
    browser.wait_for_button("cats & dogs/");
    assert!(browser.has_button("<b>raw<i>/") && browser.has_button("📷 März/"), "{:?}", browser.buttons());
    assert_eq!(browser.count("#place b"), 0);
    assert_eq!(browser.value("Name of the datasource"), format!("{}-data", bucket.name()));
    judge(browser, "datasources-new-folders");
    pick(browser, "cats & dogs/", "data/cats & dogs/");
    assert!(browser.focused().is_empty() || browser.text("#place .path").contains("cats & dogs"));
    assert_eq!(browser.value("Name of the datasource"), format!("{}-cats-dogs", bucket.name()));
    assert!(browser.path().contains("purpose=output"), "{}", browser.path());
    browser.reload();
    assert_eq!(browser.value("Prefix optional"), "data/cats & dogs/");
    assert_eq!(browser.property("#f-purpose-output", "checked"), json!(true));
}

fn the_list_is_filtered(browser: &Browser, console: &Console) {
    browser.choose("Usable", "No");
    browser.wait_for_heading("None matches");
    judge(browser, "datasources-list-none");
    console.go(browser, "P/datasources");
    for (query, there) in
        [("purpose=input-output", true), ("purpose=input", false), ("contains=ict&integration=lake", true)]
    {
        console.go(browser, &format!("P/datasources?{query}"));
        assert_eq!(browser.has_link("pictures"), there, "{query}");
    }
    for wrong in ["purpose=all", "usable=maybe", "integration=none-such", "integration=%3Cscript%3E"] {
        browser.console_errors();
        console.go(browser, &format!("P/datasources?{wrong}"));
        browser.wait_for("[role=alert]");
    }
    judge(browser, "datasources-list-wrong-filter");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let console = Console::start();
    console.store("lake").await;
    let browser = console.open();
    console.go(&browser, "P/datasources/-/new");
    assert!(browser.path().contains("integration=lake"), "{}", browser.path());
    let long = format!("{}/", "\u{1f4f7}".repeat(257));
    for (bucket, prefix, field) in [
        ("s3://data", "", "bucket"),
        ("<b>Data</b>", "", "bucket"),
        ("\u{202e}atad", "", "bucket"),
        ("tg-keys-x", "/a", "prefix"),
        ("tg-keys-x", "a/../b", "prefix"),
        ("tg-keys-x", &long, "prefix"),
    ] {
        browser.fill_label("Bucket", bucket);
        browser.fill_label("Prefix optional", prefix);
        browser.press_button("Look at what is typed");
        browser.wait_for(&format!(".field-wrong #f-{field}"));
        assert_eq!([browser.value("Bucket"), browser.value("Prefix optional")], [bucket, prefix]);
        // The next answer is told from this one.
        browser.fill_label("Bucket", "tg-keys-x");
        browser.fill_label("Prefix optional", "data/");
        browser.press_button("Look at what is typed");
        browser.wait_gone(".field-wrong");
    }
    judge(&browser, "datasources-new-refused-by-the-store");
    assert!(browser.text("#place .notice").contains("The provider said"), "{}", browser.text("#place"));

    browser.fill_label("Name of the datasource", "<img src=x>");
    browser.fill_label("Bucket", "Data");
    browser.press_button("Make and prove");
    browser.wait_for(".field-wrong #f-name");
    assert!(browser.description("Bucket").contains("bare name") && browser.has_field("Bucket"));
    assert_eq!(browser.value("Name of the datasource"), "<img src=x>");
    judge(&browser, "datasources-new-wrong");

    browser.fill_label("Name of the datasource", "pictures");
    browser.fill_label("Bucket", "tg-keys-x");
    browser.fill_label("Origin of the web page that shows objects optional", "javascript:alert(1)");
    browser.press_button("Region, encryption and how it is proven");
    browser.choose("Encryption of what is written", "SSE-KMS, with a key of yours");
    browser.fill_label("KMS key ARN", "data:text/html,<script>alert(1)</script>");
    browser.fill_label("Region optional", "evil.example/");
    browser.tick("Off", true);
    browser.press_button("Make and prove");
    for field in ["cors_origin", "sse.kms_key_arn", "region", "proof.reason"] {
        browser.wait_for(&format!(".field-wrong [id='f-{field}']"));
    }
    assert_eq!(browser.value("KMS key ARN"), "data:text/html,<script>alert(1)</script>");
    judge(&browser, "datasources-new-wrong-details");
    a_session_that_ends_loses_nothing(&console, &browser);
    what_is_begun_is_found_again(&console, &browser);
}

#[tokio::test]
async fn what_was_typed_of_a_datasource_is_there_again_after_another_store_was_connected_for_it() {
    let console = Console::start();
    console.store("other").await;
    let browser = console.open();
    console.go(&browser, "P/datasources/-/new");
    browser.fill_label("Name of the datasource", "cats & \"dogs\"");
    browser.fill_label("Bucket", "tg-keys-x");
    browser.fill_label("Prefix optional", "data/=1&2");
    browser.tick("Output", true);
    browser.press_button("Use another integration");
    browser.follow_link("Connect a new one");
    browser.follow_link("Choose S3-compatible store");
    // Back at a step and on again, and a form that is refused, lose nothing of it.
    browser.follow_link("Method");
    browser.follow_link("Choose S3-compatible store");
    browser.fill_label("Name", "not a name");
    browser.fill_label("Access key id", WRITER.access_key_id);
    browser.fill_label("Secret access key", WRITER.secret_access_key);
    browser.press_button("Continue");
    browser.wait_for(".field-wrong #f-name");
    browser.console_errors();
    connect(&browser);
    judge(&browser, "integration-proven-for-a-datasource");
    browser.follow_link("Go on with the datasource");
    browser.wait_for_heading("Where is the data?");
    assert!(browser.path().contains("integration=lake"), "{}", browser.path());
    let fields = ["Bucket", "Prefix optional", "Name of the datasource"].map(|label| browser.value(label));
    assert_eq!(fields, ["tg-keys-x", "data/=1&2/", "cats & \"dogs\""]);
    assert_eq!(browser.property("#f-purpose-output", "checked"), json!(true));
    browser.console_errors();
}

#[tokio::test]
async fn the_cloud_side_is_shown_for_one_datasource_where_it_is_named() {
    let console = Console::start();
    let bucket = console.store("new").await;
    console.datasource("in", "new", &bucket, "input").await;
    console.datasource("out", "new", &bucket, "output").await;
    let browser = console.open();
    console.go(&browser, "P/integrations/new");
    browser.wait_for_heading("new");
    console.go(&browser, "P/integrations/new/setup?format=policies");
    assert!(browser.sees("s3:PutObject"), "{}", browser.text("main"));
    console.go(&browser, "P/datasources/in");
    browser.follow_link("What the store must allow for it");
    browser.wait_for_text("Only for in.");
    browser.follow_link("Policies");
    browser.wait_for_text("the places of the datasource in as their purposes say");
    assert!(browser.sees("s3:GetObject") && !browser.sees("s3:PutObject"), "{}", browser.text("main"));
    judge(&browser, "integrations-setup-of-a-datasource");
    browser.follow_link("what all of its datasources need");
    browser.wait_for_text("the places of the integration's datasources");
    assert!(browser.sees("s3:PutObject"), "{}", browser.text("main"));
    console.go(&browser, "P/integrations/new/setup?datasource=none");
    browser.wait_for_text("There is nothing here that you may see");
    browser.console_errors();
}

fn a_session_that_ends_loses_nothing(console: &Console, browser: &Browser) {
    console.go(browser, "P/datasources/-/new?integration=lake&bucket=tg-keys-x");
    browser.fill_label("Name of the datasource", "kept-name");
    browser.fill_label("Prefix optional", "data/kept");
    browser.tick("Output", true);
    browser.forget_cookies();
    browser.press_button("Make and prove");
    browser.fill_label("User name", "admin");
    browser.fill_label("Password", ADMIN_PASSWORD);
    browser.press_button("Sign in");
    browser.wait_for_heading("Where is the data?");
    let fields = ["Bucket", "Prefix optional", "Name of the datasource"].map(|label| browser.value(label));
    assert_eq!(fields, ["tg-keys-x", "data/kept/", "kept-name"]);
    assert_eq!(browser.property("#f-purpose-output", "checked"), json!(true));
    browser.console_errors();
}

/// A place that the store refuses: the proof says so, the form can be gone back to, and the name leads on.
fn what_is_begun_is_found_again(console: &Console, browser: &Browser) {
    browser.press_button("Make and prove");
    assert!(ended(browser).starts_with("It does not hold"), "{}", browser.text("#run"));
    browser.back();
    browser.wait_for_heading("Where is the data?");
    assert_eq!(browser.value("Name of the datasource"), "kept-name");
    browser.press_button("Make and prove");
    browser.wait_for_link("Change kept-name");
    judge(browser, "datasources-new-begun");
    browser.follow_link("look at it");
    assert_eq!(browser.texts(".head .badge"), ["not usable"]);
    judge(browser, "datasource-failed");
    console.go(browser, "P/datasources/-/new");
    browser.press_button("Use another integration");
    browser.wait_for_link("Connect a new one");
    judge(browser, "datasources-new-choose");
}

#[tokio::test]
async fn two_tabs_do_not_overwrite_each_other_and_changes_are_proven() {
    let console = Console::start();
    let bucket = console.store("lake").await;
    console.datasource("in", "lake", &bucket, "input").await;
    console.datasource("out", "lake", &bucket, "output").await;
    let browser = console.open();
    console.go(&browser, "P/datasources/in/edit");
    judge(&browser, "datasource-edit");
    let first = browser.tab();
    browser.new_tab();
    console.go(&browser, "P/datasources/in/edit");
    browser.choose("Output datasource optional", "out");
    browser.press_button("Prove and save");
    browser.wait_for_text("The new settings are proven and in use.");
    browser.switch(&first);
    browser.fill_label("Origin of the web page that shows objects optional", &console.tidegate.url());
    browser.press_button("Prove and save");
    browser.wait_for_text("Somebody else changed it");
    assert!(browser.text("[role=alert]").contains("Output datasource: was"), "{}", browser.text("[role=alert]"));
    judge(&browser, "datasource-edit-conflict");
    browser.press_button("Prove and save");
    browser.wait_for_text("The new settings are proven and in use.");
    let kept = body(&console.api.get("P/datasources/in").await);
    assert_eq!((&kept["output_datasource"], &kept["cors_origin"]), (&json!("out"), &json!(console.tidegate.url())));
    judge(&browser, "datasource-changed");

    console.go(&browser, "P/datasources/in/edit");
    browser.fill_label("Prefix optional", "elsewhere/");
    browser.press_button("Prove and save");
    browser.wait_for_heading("What the proof of the new settings found");
    assert_eq!(browser.value("Prefix optional"), "elsewhere/");
    judge(&browser, "datasource-edit-unproven");
    assert_eq!(body(&console.api.get("P/datasources/in").await)["prefix"], "data/");
    console.go(&browser, "P/datasources/in/edit");
    browser.press_button("Prove and save");
    browser.wait_for_text("Nothing was changed.");
    what_is_used_is_not_deleted(&console, &browser, &bucket).await;
}

async fn what_is_used_is_not_deleted(console: &Console, browser: &Browser, bucket: &Bucket) {
    bucket.put_as("data/a.txt", "text/plain", "a").await.ok();
    let urls = json!({"keys": ["data/a.txt"], "method": "GET", "ttl_seconds": 600});
    let signed = console.api.post("P/datasources/out/urls", &urls).await;
    assert!(signed.status < 300, "{}", signed.text());
    console.go(browser, "P/datasources/out");
    judge(browser, "datasource-in-use");
    browser.follow_link("Delete");
    browser.wait_for_heading("Datasource “out” is in use");
    assert!(browser.has_link("in") && browser.has_link("1 live grant"), "{:?}", browser.links());
    judge(browser, "datasource-delete-refused");
    console.go(browser, "P/datasources/in/delete");
    judge(browser, "datasource-delete");
    browser.fill_label("Type in to confirm", "out");
    browser.press_button("Delete datasource");
    browser.wait_for(".field-wrong #typed");
    browser.fill_label("Type in to confirm", "in");
    browser.press_button("Delete datasource");
    browser.wait_for_text("The datasource in is deleted.");
    assert_eq!(console.api.get("P/datasources/in").await.status, 404);
}

#[tokio::test]
async fn everything_works_without_scripts() {
    let console = Console::start();
    let bucket = bucket_of_folders(&console).await;
    console.store("lake").await;
    let browser = console.open_with(Options::default().without_scripts());
    console.go(&browser, "P/datasources/-/new?integration=lake");
    browser.fill_label("Bucket", bucket.name());
    browser.fill_label("Prefix optional", "data/");
    browser.tick("Output", true);
    browser.press_button("Look at what is typed");
    browser.press_button("📷 März/");
    assert_eq!(browser.value("Prefix optional"), "data/📷 März/");
    browser.press_button("Show the CORS document to apply");
    assert!(browser.text("#cors").contains("CORSRules"));
    judge(&browser, "datasources-new-without-scripts");
    browser.fill_label("Name of the datasource", "out");
    browser.press_button("Make and prove");
    let path = browser.path();
    assert!(path.contains("/proof-runs/"), "{path}");
    browser.wait_for_text("Everything that was asked holds");
    console.go(&browser, "P/datasources/out");
    assert_eq!(browser.texts(".head .badge"), ["usable"]);
    browser.press_button("Prove");
    assert!(browser.path().contains("/proof-runs/"), "{}", browser.path());
    console.go(&browser, "P/datasources/out/delete");
    browser.fill_label("Type out to confirm", "out");
    browser.press_button("Delete datasource");
    browser.wait_for_text("The datasource out is deleted.");
}

#[tokio::test]
async fn who_only_looks_sees_no_actions_and_can_send_none() {
    let console = Console::start();
    let bucket = console.store("lake").await;
    console.person("vera", "viewer").await;
    let browser = console.open_as("vera");
    console.go(&browser, "P/datasources");
    browser.wait_for_text("Administrators and owners of the project make datasources");
    judge(&browser, "datasources-empty-viewer");
    console.datasource("in", "lake", &bucket, "input").await;
    console.go(&browser, "P/datasources/in");
    let actions = ["Prove", "Edit", "Delete", "Browse objects", "Issue credential"];
    assert!(!actions.iter().any(|name| browser.has_button(name) || browser.has_link(name)), "{:?}", browser.links());
    judge(&browser, "datasource-viewer");
    for page in ["P/datasources/-/new", "P/datasources/in/edit", "P/datasources/in/delete"] {
        browser.console_errors();
        console.go(&browser, page);
        browser.wait_for_heading("You may not do this");
    }
    judge(&browser, "datasource-edit-forbidden");

    let cookie: Vec<_> = browser.cookies().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let new = format!("integration=lake&name=mine&bucket={}&prefix=data&purpose=input", bucket.name());
    let sent = [
        ("P/datasources/-/new", new.as_str()),
        ("P/datasources/in/prove", ""),
        ("P/datasources/in/edit", "revision=1&bucket=other&purpose=input"),
        ("P/datasources/in/delete", "revision=1&typed=in"),
    ];
    for (path, form) in sent {
        let call = request::Call::new("POST", &path_of(path))
            .header("cookie", &cookie.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let answer = request::send(&console.tidegate.url(), call).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    assert_eq!(console.api.get("P/datasources/mine").await.status, 404);
    assert_eq!(console.api.get("P/datasources/in").await.status, 200);
}
