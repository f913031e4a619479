//! `/projects/{project}/grants`: seeing who has access, and taking it back after seeing what breaks.

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use testkit::Bucket;
use testkit::aws_query::{SessionKeys, create_ceph_role};
use testkit::browser::{Browser, Options, Size, judge};
use testkit::component::{self, ROOT};

use super::support::{Console, PASSWORD, path_of};
use crate::cli::account::Connected;
use crate::support::{Api, body};

/// Signed URLs of so many keys; the grant's id.
async fn urls(api: &Api, keys: usize) -> String {
    let keys: Vec<_> = (0..keys).map(|at| format!("in/{at}")).collect();
    let ask = json!({"keys": keys, "method": "GET", "ttl_seconds": 900});
    handed_out(api, "P/datasources/in/urls", &ask).await["grant_id"].as_str().unwrap().to_owned()
}

async fn handed_out(api: &Api, path: &str, ask: &Value) -> Value {
    let answer = api.post(path, ask).await;
    assert!(answer.status < 300, "{}", answer.text());
    body(&answer)
}

async fn state(api: &Api, id: &str) -> String {
    body(&api.get(&format!("P/grants/{id}")).await)["state"].as_str().unwrap().to_owned()
}

fn rows(browser: &Browser) -> usize {
    browser.count("main tbody tr")
}

#[tokio::test]
async fn what_was_handed_out_is_seen_filtered_and_revoked_after_what_breaks_was_shown() {
    let (console, _account) = Console::of_connected(Connected::new().await);
    let ada = console.person("ada", "developer").await;
    let browser = console.open();
    console.go(&browser, "P/grants");
    browser.wait_for_text("Nobody has access now");
    judge(&browser, "grants-empty");

    let (first, second) = (urls(&console.api, 1).await, urls(&ada, 3).await);
    let ask = json!({"access": "read", "ttl_seconds": 1800});
    let third = handed_out(&ada, "P/datasources/in/credentials", &ask).await["grant_id"].as_str().unwrap().to_owned();
    browser.follow_link("Grants");
    assert_eq!(rows(&browser), 3);
    browser.wait_for_text("GET of 3 keys under in/");
    browser.wait_for_text("not before it ends");
    judge(&browser, "grants-list");

    browser.choose("Kind", "Credential");
    browser.wait_until("main tbody", |text| text.contains("read on in/") && !text.contains("keys"));
    browser.fill_label("Holder", "admin");
    browser.press_button("Filter");
    browser.wait_for_text("No grant matches");
    judge(&browser, "grants-none-match");
    browser.fill_label("Integration", "no-such-lake");
    browser.press_button("Filter");
    browser.wait_for("[role=alert]");
    assert_eq!((browser.value("Integration"), browser.value("Holder")), ("no-such-lake".into(), "admin".into()));
    judge(&browser, "grants-filter-refused");

    console.go(&browser, &format!("P/grants/{third}"));
    browser.wait_for_heading("Credential of ada");
    browser.wait_for_text("cannot be taken back: the provider accepts it until it ends");
    judge(&browser, "grants-one");
    browser.follow_link("it was handed out");
    browser.wait_until("main tbody", |text| text.contains("credential.issue") && text.contains("ada"));

    console.go(&browser, "P/grants");
    browser.press_button("Revoke selected");
    browser.wait_for_text("Nothing was selected");
    for id in [&first, &second] {
        browser.click(&format!("input[value='{id}']"));
    }
    browser.press_button("Revoke selected");
    browser.wait_for_heading("Revoke 2 grants");
    browser.wait_for_text("2 cannot be taken back before they end");
    judge(&browser, "grants-revoke-preview");
    assert_eq!(state(&console.api, &first).await, "live", "a preview changes nothing");
    browser.press_button("Revoke 2 grants");
    browser.wait_for_text("2 grants are revoked.");
    judge(&browser, "grants-revoked-until-end");
    assert_eq!(
        (state(&console.api, &second).await, state(&console.api, &third).await),
        ("revoking".into(), "live".into())
    );
    browser.reload();
    browser.wait_for_text("What cannot be taken back works until it ends by itself");

    console.go(&browser, &format!("P/grants/{first}"));
    browser.wait_for_text("nothing more is issued from the same session");
    judge(&browser, "grants-one-revoking");
    console.go(&browser, "P/grants?integration=lake");
    browser.follow_link("Revoke all of integration lake");
    browser.wait_for_button("Revoke 1 grant");
    console.go(&browser, "P/grants");
    browser.follow_link("Revoke everything");
    browser.fill_label("Type acme to confirm", "acm");
    browser.press_button("Revoke 1 grant");
    browser.wait_for_text("Type 'acme' as it stands to confirm");
    judge(&browser, "grants-revoke-everything-untyped");
    browser.fill_label("Type acme to confirm", "acme");
    browser.press_button("Revoke 1 grant");
    browser.wait_for_text("1 grant is revoked.");
    assert_eq!(state(&console.api, &third).await, "revoking");

    console.go(&browser, "P/grants/nonsense");
    browser.wait_for_text("There is nothing here that you may see");
    judge(&browser, "grants-missing");
}

#[tokio::test]
async fn without_scripts_a_long_list_is_paged_and_one_revokes_ones_own_only() {
    let (console, _account) = Console::of_connected(Connected::new().await);
    let ada = console.person("ada", "developer").await;
    console.person("vic", "viewer").await;
    let others = urls(&console.api, 1).await;
    let mut own = String::new();
    for _ in 0..55 {
        own = urls(&ada, 2).await;
    }
    let browser = Browser::open_with(Options::default().without_scripts());
    console.sign_in(&browser, "ada", PASSWORD);
    console.go(&browser, "P/grants");
    assert_eq!(rows(&browser), 50);
    judge(&browser, "grants-long");
    browser.follow_link("Next page");
    assert_eq!(rows(&browser), 6);
    assert_eq!(browser.count("input[name=id]"), 5, "what is somebody else's cannot be selected");
    console.go(&browser, "P/grants?principal=ada&kind=urls");
    browser.click(&format!("input[value='{own}']"));
    browser.press_button("Revoke selected");
    browser.press_button("Revoke 1 grant");
    browser.wait_for_text("1 grant is revoked.");
    assert_eq!(state(&ada, &own).await, "revoking");
    judge(&browser, "grants-revoked-without-scripts");
    console.go(&browser, &format!("P/grants/revoke?id={others}"));
    browser.wait_for_text("It is not yours; you may revoke your own only.");
    judge(&browser, "grants-revoke-not-yours");
    console.go(&browser, &format!("P/grants/{others}"));
    browser.wait_for_text("Developers revoke what is their own");
    console.go(&browser, "P/grants/revoke?by=integration&name=lake");
    browser.wait_for_text("You may not do this");
    judge(&browser, "grants-revoke-forbidden");
    assert_eq!(state(&console.api, &others).await, "live");

    console.sign_in(&browser, "vic", PASSWORD);
    browser.size(Size::PHONE);
    console.go(&browser, "P/grants");
    assert!(!browser.has_button("Revoke selected") && browser.count("input[type=checkbox]") == 0);
    judge(&browser, "grants-viewer");
}

/// Ceph cuts off what runs, all of a role at once: the choice is the reader's, and what is cut off is refused.
#[tokio::test]
async fn a_credential_is_cut_off_with_others_of_its_role_where_one_chooses_so() {
    let console = Console::start();
    let bucket = ceph(&console).await;
    let issue = async |prefix: &str| {
        let ask = json!({"access": "read", "prefix": prefix, "ttl_seconds": 1200});
        handed_out(&console.api, "P/datasources/in/credentials", &ask).await
    };
    let (one, other) = (issue("in").await, issue("in/sub").await);
    let holder = seen_with(&bucket, &one);
    holder.get("in/a").await.ok();

    let browser = console.open();
    console.go(&browser, "P/grants");
    browser.wait_for_text("within 60 s");
    let id = one["grant_id"].as_str().unwrap();
    browser.click(&format!("input[value='{id}']"));
    browser.press_button("Revoke selected");
    browser.wait_for_heading("Others use the same role");
    judge(&browser, "grants-revoke-others");
    browser.eval("document.querySelectorAll('[required]').forEach((field) => field.required = false); return null");
    browser.press_button("Revoke 1 grant");
    browser.wait_for_text("Choose what happens to the other live grants of the same role");
    judge(&browser, "grants-revoke-others-undecided");
    holder.get("in/a").await.ok();
    browser.click("input[value=cut]");
    browser.press_button("Revoke 1 grant");
    browser.wait_for_text("Cut off with it: 1.");
    browser.wait_for_text("2 grants are still being revoked");
    judge(&browser, "grants-being-revoked");
    assert_eq!(holder.get("in/a").await.status, 403, "the gateway refuses it");
    assert_eq!(seen_with(&bucket, &other).list_page("in/sub/", "").await.status, 403, "and the other of the role");

    // The bound is a minute; that it has passed is written down here instead of being waited for.
    over(&console, id).await;
    browser.wait_for_text("1 grant is still being revoked");
    over(&console, other["grant_id"].as_str().unwrap()).await;
    browser.wait_until("#progress", |text| !text.contains("still being") && text.contains("revoked"));
    judge(&browser, "grants-revoked");
}

fn seen_with(bucket: &Bucket, issued: &Value) -> Bucket {
    let given = |name: &str| issued["credential"][name].as_str().unwrap().to_owned();
    bucket.seen_by(SessionKeys {
        access_key_id: given("access_key_id"),
        secret_access_key: given("secret_access_key"),
        session_token: Some(given("session_token")),
    })
}

/// A role of the test's own on Ceph as `lake`, with the right to deny older sessions, and the datasource `in`.
async fn ceph(console: &Console) -> Bucket {
    let url = component::ceph();
    let bucket = Bucket::create(&url).await;
    bucket.put("in/a", "a").await.ok();
    let name = bucket.name();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": [ROOT.ceph_arn()]}}]});
    let permission = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"],
        "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")]}]});
    let role = create_ceph_role(&url, name, &trust, &permission).await;
    let integration = json!({"name": "lake", "method": "s3-compatible",
        "settings": {"preset": "ceph", "endpoint": url, "role_arn": role, "revoke_sessions": "true",
            "access_key_id": ROOT.access_key_id},
        "secrets": {"secret_access_key": ROOT.secret_access_key}});
    console.made("P/integrations", &integration).await;
    let datasource =
        json!({"name": "in", "integration": "lake", "bucket": name, "prefix": "in", "purpose": "input-output"});
    console.made("P/datasources", &datasource).await;
    bucket
}

/// Writes down that what this grant stands for does not work any more.
async fn over(console: &Console, id: &str) {
    let store = console.tidegate.data_dir().join("tidegate.db");
    let mut store = SqliteConnection::connect(&format!("sqlite://{}", store.display())).await.unwrap();
    let done =
        sqlx::query("UPDATE grants SET cut_off_at = created_at WHERE id = $1").bind(id).execute(&mut store).await;
    assert_eq!(done.unwrap().rows_affected(), 1, "{}", path_of("P/grants"));
}
