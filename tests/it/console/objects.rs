//! `/projects/{project}/datasources/{name}/objects` and what leads on from there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use testkit::browser::{Browser, Options, judge};
use testkit::component::{self, seaweed};
use testkit::http_double::{HttpDouble, Recorded, Reply};
use testkit::request::{Answer, Call, send};
use testkit::{Bucket, StsFront, media};

use super::support::{Console, path_of, store};
use crate::cli::account::Connected;
use crate::support::body;

const OBJECTS: &str = "P/datasources/pictures/objects";
/// A name that would turn the rest of a page around, and one that would be markup.
const TURNED: &str = "data/odd/\u{202e}gnp.exe";
const MARKUP: &str = "data/odd/<img src=x onerror=\"document.title='harm'\">&'.txt";

/// A console with the datasource `pictures` on a bucket with something of everything.
async fn gallery() -> (Console, Bucket) {
    let console = Console::start();
    let bucket = console.store("lake").await;
    for (key, kind, bytes) in [
        ("data/film.webm", "video/webm", media::WEBM.to_vec()),
        ("data/sound.wav", "audio/wav", media::wav(1)),
        ("data/photo.jpg", "image/jpeg", media::JPEG.to_vec()),
        ("data/drawing.svg", "image/svg+xml", media::SVG_WITH_SCRIPT.into()),
        ("data/page.html", "text/html", media::HTML_WITH_SCRIPT.into()),
        ("data/notes.txt", "text/plain", "x".repeat(100 * 1024).into()),
        (
            "data/table.json",
            "application/json",
            r#"{"big":12345678901234567890,"list":[1,{"a":"b, [c]"}],"none":{}}"#.into(),
        ),
        ("data/nested.json", "application/json", format!("{}{}", "[".repeat(30_000), "]".repeat(30_000)).into()),
        ("data/backup.zip", "application/zip", vec![0, 1, 2]),
        ("data/deep/er/leaf.txt", "text/plain", "leaf".into()),
        ("data/odd/ blanks ", "text/plain", "blanks".into()),
        ("data/odd/line\nbreak.txt", "text/plain", "lines".into()),
        ("data/odd/\u{1f600}.txt", "text/plain", "smile".into()),
        (TURNED, "application/octet-stream", "turned".into()),
        (MARKUP, "text/plain", "markup".into()),
    ] {
        bucket.put_as(key, kind, bytes).await.ok();
    }
    let long = format!("data/odd/{}", "n".repeat(200));
    bucket.put_as(&long, "text/plain", "long").await.ok();
    for at in 0..105_u8 {
        let picture = media::png(32, 24, [at.wrapping_mul(2), 90, 160]);
        bucket.put_as(&format!("data/album/{at:03}.png"), "image/png", picture).await.ok();
    }
    console.datasource("pictures", "lake", &bucket, "input-output").await;
    (console, bucket)
}

fn object(key: &str) -> String {
    format!("P/datasources/pictures/object?key={}", utf8_percent_encode(key, NON_ALPHANUMERIC))
}

fn folder(prefix: &str, more: &str) -> String {
    format!("{OBJECTS}?prefix={}{more}", utf8_percent_encode(prefix, NON_ALPHANUMERIC))
}

/// Waits until a condition of the page holds.
#[track_caller]
fn until(browser: &Browser, condition: &str) {
    let script = format!(
        "const done = arguments[arguments.length - 1]; const began = Date.now();
         const look = () => ({condition}) ? done(true) : Date.now() - began > 15000 ? done(false) : setTimeout(look, 20);
         look();"
    );
    assert_eq!(browser.eval_async(&script, &[]), true, "never true: {condition}\n{}", browser.text("main"));
}

#[tokio::test]
async fn a_bucket_is_browsed_page_by_page_and_its_objects_come_straight_from_it() {
    let (console, bucket) = gallery().await;
    console.person("ada", "developer").await;
    let browser = console.open_as("ada");

    console.go(&browser, OBJECTS);
    browser.wait_for_heading("Objects of pictures");
    let rows = browser.texts("tbody tr td:first-child");
    let (folders, objects): (Vec<_>, Vec<_>) = rows.iter().partition(|name| name.ends_with('/'));
    assert_eq!(folders, ["album/", "deep/", "odd/"]);
    assert_eq!(rows.iter().take(3).collect::<Vec<_>>(), folders, "folders come first");
    assert!(objects.contains(&&"film.webm".to_owned()), "{objects:?}");
    let speed = browser.wait_until("#speed", |text| text.contains("from browsers"));
    assert!(speed.contains("ms"), "{speed}");
    judge(&browser, "objects-list");

    walk_the_album(&console, &browser);
    filter(&console, &browser);
    look_at_each_kind(&console, &browser);
    meet_odd_keys(&console, &browser, &bucket).await;
    without_scripts(&console).await;
}

/// Pages of a hundred, as pictures that the browser really has.
fn walk_the_album(console: &Console, browser: &Browser) {
    console.go(browser, &folder("data/album/", ""));
    assert_eq!(browser.count(".thumb img"), 100, "a folder of pictures is a grid of a page");
    until(browser, "[...document.images].slice(1, 9).every((image) => image.complete && image.naturalWidth === 32)");
    let source = browser.attribute(".thumb img", "src").unwrap();
    assert!(source.starts_with(&seaweed().url) && source.contains("X-Amz-Signature"), "{source}");
    assert!(browser.sees("recorded as a grant"));
    judge(browser, "objects-grid");
    browser.follow_link("Next page");
    assert_eq!(browser.count(".thumb img"), 5);
    until(browser, "[...document.querySelectorAll('.thumb img')].every((image) => image.naturalWidth === 32)");
    browser.follow_link("List");
    assert_eq!(browser.count("tbody tr"), 5, "another view of the same page");
}

fn filter(console: &Console, browser: &Browser) {
    console.go(browser, OBJECTS);
    browser.fill_label("Name matches", "**/1*.png");
    browser.press_button("Filter");
    assert_eq!(browser.count(".thumb"), 5, "{}", browser.path());
    browser.fill_label("Name matches", "*.nothing");
    browser.press_button("Filter");
    browser.wait_for_heading("No object matches");
    judge(browser, "objects-none-match");
    console.go(browser, &format!("{OBJECTS}?modified_before=2000-01-01T00:00&view=list"));
    assert_eq!(browser.texts("tbody td:first-child"), ["album/", "deep/", "odd/"]);
    console.go(browser, &format!("{OBJECTS}?modified_after=2000-01-01T00:00&glob=%2A.webm"));
    assert_eq!(browser.texts("tbody td:first-child"), ["film.webm"]);
    console.go(browser, &format!("{OBJECTS}?glob=%7Ba"));
    assert!(browser.sees("This is not a pattern"), "{}", browser.text("main"));
    judge(browser, "objects-bad-pattern");
    console.go(browser, &format!("{OBJECTS}?modified_after=soon"));
    assert!(browser.sees("Write a time as"), "{}", browser.text("main"));
    browser.console_errors();
}

fn look_at_each_kind(console: &Console, browser: &Browser) {
    console.go(browser, &object("data/photo.jpg"));
    until(browser, "document.querySelector('.preview img').naturalWidth === 64");
    assert!(browser.sees("image/jpeg"));
    judge(browser, "object-picture");

    console.go(browser, &object("data/film.webm"));
    until(browser, "document.querySelector('video').readyState >= 1");
    browser.eval("document.querySelector('video').currentTime = 2");
    until(
        browser,
        "!document.querySelector('video').seeking && document.querySelector('video').currentTime === 2 && document.querySelector('video').readyState >= 2",
    );
    judge(browser, "object-video");

    console.go(browser, &object("data/sound.wav"));
    until(browser, "document.querySelector('audio').duration === 1");
    judge(browser, "object-sound");

    console.go(browser, &object("data/table.json"));
    let shown = || browser.property(".preview pre", "textContent").as_str().unwrap_or_default().to_owned();
    until(browser, "document.querySelector('.preview pre').textContent.includes('{')");
    let pretty = "{\n  \"big\": 12345678901234567890,\n  \"list\": [\n    1,\n    {\n      \"a\": \"b, [c]\"\n    }\n  ],\n  \"none\": {}\n}";
    assert_eq!(shown(), pretty);
    judge(browser, "object-json");
    console.go(browser, &object("data/nested.json"));
    until(browser, "document.querySelector('.preview pre').textContent.length === 60000");

    console.go(browser, &object("data/notes.txt"));
    until(browser, "document.querySelector('.preview pre').textContent.length === 65536");
    assert!(browser.sees("Only the first 64 KiB are shown."));

    console.go(browser, &object("data/page.html"));
    until(browser, "document.querySelector('.preview pre').textContent.includes('<script>')");
    assert_eq!(browser.count(".preview h1"), 0);
    assert!(!browser.title().contains("harm"), "a page of the bucket acted here");
    judge(browser, "object-page-as-text");

    console.go(browser, &object("data/drawing.svg"));
    until(browser, "document.querySelector('.preview img').naturalWidth === 64");
    assert!(!browser.title().contains("harm"), "a drawing of the bucket acted here");

    console.go(browser, &object("data/backup.zip"));
    assert!(browser.sees("A browser cannot show objects of this type"));
    judge(browser, "object-without-preview");
    browser.press_button("Download");
    assert_eq!(browser.downloaded("backup.zip"), [0, 1, 2]);
}

async fn meet_odd_keys(console: &Console, browser: &Browser, bucket: &Bucket) {
    console.go(browser, &folder("data/odd/", "&view=list"));
    let names = browser.texts("tbody td:first-child");
    assert!(names.contains(&"\u{27e8}U+202E\u{27e9}gnp.exe".to_owned()), "{names:?}");
    assert!(names.contains(&"\u{2423}blanks\u{2423}".to_owned()), "{names:?}");
    assert!(names.iter().any(|name| name.contains("onerror=")), "{names:?}");
    assert_eq!(browser.count("main img"), 0);
    judge(browser, "objects-odd-keys");
    for key in ["data/odd/ blanks ", "data/odd/line\nbreak.txt", "data/odd/\u{1f600}.txt", MARKUP] {
        console.go(browser, &object(key));
        let text = body_text(bucket, key).await;
        until(browser, &format!("document.querySelector('.preview pre').textContent === {}", json!(text)));
        assert_eq!(browser.attribute("[data-copy]", "data-copy").as_deref(), Some(key));
    }
    judge(browser, "object-odd-key");
    assert_ne!(browser.title(), "harm");
    console.go(browser, &object("data/odd/../film.webm"));
    assert!(browser.title() != "harm" && browser.count("video") == 0);
    browser.console_errors();
    console.go(browser, &object("data/gone.png"));
    browser.wait_for_heading("There is no object of this key");
    judge(browser, "object-missing");
    console.go(browser, &object("elsewhere/x"));
    assert!(browser.sees("outside the datasource"), "{}", browser.text("main"));
}

async fn body_text(bucket: &Bucket, key: &str) -> String {
    bucket.get(key).await.text()
}

async fn without_scripts(console: &Console) {
    let plain = console.open_with(Options::default().without_scripts());
    console.go(&plain, &folder("data/album/", ""));
    assert_eq!((plain.count(".thumb img"), plain.count(".thumb .blank")), (0, 100));
    assert!(plain.sees("Each name leads to its picture"), "{}", plain.text("main"));
    assert!(plain.sees("Uploading in this page needs its script") && plain.sees("--method PUT"));
    judge(&plain, "objects-without-scripts");
    plain.click(".thumb a");
    assert!(plain.attribute(".preview img", "src").unwrap().contains("X-Amz-Signature"));
    console.go(&plain, &object("data/notes.txt"));
    assert!(plain.sees("A preview of text needs the page's script"));
}

#[tokio::test]
async fn files_are_sent_straight_to_the_bucket_and_failures_are_explained() {
    let console = Console::start();
    let front = StsFront::start(&seaweed().url);
    let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
    bucket.allow_origin(&console.tidegate.url()).await.ok();
    let mut new = store("lake");
    new["settings"]["endpoint"] = json!(front.url());
    console.made("P/integrations", &new).await;
    console.datasource("pictures", "lake", &bucket, "input-output").await;
    console.datasource("reading", "lake", &bucket, "input").await;
    let browser = console.open();

    console.go(&browser, OBJECTS);
    browser.wait_for_heading("There is nothing here yet");
    judge(&browser, "objects-empty");
    let file = console.tidegate.dir().join("a <b>name\u{e9}.png");
    let bytes = media::png(40, 30, [200, 30, 30]);
    fs::write(&file, &bytes).unwrap();
    browser.upload("#files", &file);
    browser.wait_until("[data-state]", |text| text == "Done.");
    assert_eq!(browser.property("#uploads progress", "value"), 100);
    assert_eq!(browser.count("#uploads b"), 0);
    assert_eq!(bucket.get("data/a <b>name\u{e9}.png").await.body, bytes);
    judge(&browser, "objects-uploaded");
    browser.click("#uploads a");
    until(&browser, "document.querySelector('.preview img').naturalWidth === 40");

    drop_a_file(&console, &browser, &bucket).await;

    console.go(&browser, OBJECTS);
    let denied =
        Reply::s3_error(403, "AccessDenied", "No.").with_header("access-control-allow-origin", &console.tidegate.url());
    front.fault("PUT", denied);
    browser.upload("#files", &file);
    browser.wait_until("[data-state]", |text| text == "The store refused it: 403 AccessDenied.");
    browser.wait_for("[data-reason] [data-verdict=\"refused\"]");
    browser.console_errors();
    judge(&browser, "objects-upload-refused");
    front.heal();
    browser.click("[data-retry]");
    browser.wait_until("[data-state]", |text| text == "Done.");

    console.go(&browser, "P/datasources/reading/objects");
    assert_eq!(browser.count("#upload"), 0, "nothing is written through an input");

    explain_failures(&console, &browser, &front, &bucket).await;
}

/// As with the mouse, from outside of the browser.
async fn drop_a_file(console: &Console, browser: &Browser, bucket: &Bucket) {
    console.go(browser, OBJECTS);
    let file = console.tidegate.dir().join("dropped.txt");
    fs::write(&file, "dropped").unwrap();
    browser.drag_file(".drop", &file, false);
    browser.wait_for(".drop[data-over]");
    judge(browser, "objects-dragged");
    browser.drag_file(".drop", &file, true);
    browser.wait_until("[data-state]", |text| text == "Done.");
    assert_eq!(browser.count(".drop[data-over]"), 0);
    assert_eq!(bucket.get("data/dropped.txt").await.text(), "dropped");
    bucket.delete("data/dropped.txt").await.ok();
}

/// What the page says where the browser cannot have an object that the server may see.
async fn explain_failures(console: &Console, browser: &Browser, front: &StsFront, bucket: &Bucket) {
    bucket.put_as("data/t.txt", "text/plain", "text").await.ok();
    bucket.put_as("data/p.png", "image/png", media::png(8, 8, [1, 2, 3])).await.ok();
    for (key, status, code, verdict) in [
        ("data/p.png", 403, "AccessDenied", "forbidden"),
        ("data/p.png", 404, "NoSuchKey", "missing"),
        ("data/t.txt", 404, "NoSuchKey", "missing"),
    ] {
        front.fault("GET", Reply::s3_error(status, code, "No."));
        console.go(browser, &object(key));
        browser.wait_for(&format!("#why [data-verdict=\"{verdict}\"]"));
        assert!(browser.text("#why").contains(&status.to_string()), "{}", browser.text("#why"));
        browser.console_errors();
        judge(browser, &format!("object-{verdict}"));
        front.heal();
    }
    bucket.allow_origin("https://nobody.example").await.ok();
    console.go(browser, &object("data/t.txt"));
    browser.wait_for("#why [data-verdict=\"cors\"]");
    browser.console_errors();
    judge(browser, "object-cors");
    let document: serde_json::Value =
        serde_json::from_str(browser.property("#why pre code", "textContent").as_str().unwrap()).unwrap();
    assert_eq!(document["CORSRules"][0]["AllowedOrigins"], json!([console.tidegate.url()]));
    console.go(browser, &object("data/p.png"));
    until(browser, "document.querySelector('.preview img').naturalWidth === 8");

    console.go(browser, OBJECTS);
    let file = console.tidegate.dir().join("new.bin");
    fs::write(&file, "new").unwrap();
    browser.upload("#files", &file);
    browser.wait_for("[data-reason] [data-verdict=\"cors\"]");
    let text = browser.property("[data-reason] pre code", "textContent");
    let document: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(document["CORSRules"][0]["AllowedMethods"], json!(["GET", "HEAD", "PUT"]));
    browser.console_errors();
    judge(browser, "objects-upload-cors");
}

#[tokio::test]
async fn a_hundred_pictures_of_a_role_are_a_light_page_and_all_of_them_load() {
    let (console, account) = Console::of_connected(Connected::new().await);
    for at in 0..100_u8 {
        let key = format!("in/2026-11-23/front-camera/frame-{at:06}.png");
        account.bucket.put_as(&key, "image/png", media::png(32, 24, [at, 90, 160])).await.ok();
    }
    let path = path_of("P/datasources/in/objects?prefix=in%2F2026-11-23%2Ffront-camera%2F");
    let page = load(&console, &path).await;
    let html = page.text();
    assert_eq!(html.matches("data-end=").count(), 100, "every picture has a signature");
    assert_eq!(html.matches("X-Amz-Signature").count(), 1);
    let token = html.split("X-Amz-Security-Token=").nth(1).unwrap().split('&').next().unwrap().len();
    assert_eq!(html.matches("X-Amz-Security-Token=").count(), 1, "the token of {token} bytes stands once");
    let mut weight = page.body.len();
    let files: BTreeSet<_> = html.split("=\"/static/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        weight += load(&console, &format!("/static/{file}")).await.body.len();
    }
    assert!(weight <= 150 * 1024, "{weight} bytes, of which {} are the page", page.body.len());

    let browser = console.open();
    console.go(&browser, &path);
    assert_eq!(browser.count(".thumb img"), 100);
    until(
        &browser,
        "[...document.querySelectorAll('.thumb img')].slice(0, 8).every((image) => image.naturalWidth === 32)",
    );
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// As a browser of the administrator loads it, packed where the server packs.
async fn load(console: &Console, path: &str) -> Answer {
    let cookie = format!("tidegate={}", console.tidegate.admin_token());
    let call = Call::new("GET", path).header("cookie", &cookie).header("accept-encoding", "gzip");
    send(&console.tidegate.url(), call).await.ok()
}

#[tokio::test]
async fn urls_and_credentials_are_made_shown_once_used_and_taken_back() {
    let (console, account) = Console::of_connected(Connected::new().await);
    let browser = console.open();
    console.go(&browser, "P/datasources/in/object?key=in%2Fa+b%2Bc.txt");
    browser.follow_link("Make signed URL");
    judge(&browser, "object-url");
    browser.fill_label("How long it works", "soon");
    browser.press_button("Make URL");
    assert!(browser.sees("Write a length of time"));
    judge(&browser, "object-url-refused");
    browser.fill_label("How long it works", "15m");
    browser.press_button("Make URL");
    browser.wait_for_heading("The signed URL");
    judge(&browser, "object-url-made");
    let curl = browser.property("#signed-curl", "textContent");
    let curl = curl.as_str().unwrap().trim().replace("--output FILE", "--silent");
    let fetched = Command::new("sh").args(["-c", &curl]).output().unwrap();
    assert_eq!(fetched.stdout, b"from the customer", "{curl}");

    console.go(&browser, "P/datasources/in/credential");
    judge(&browser, "credential-form");
    browser.fill_label("How long it works", "1s");
    browser.press_button("Issue credential");
    assert!(browser.sees("too short"), "{}", browser.text("main"));
    judge(&browser, "credential-refused");
    browser.fill_label("How long it works", "30m");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    judge(&browser, "credential-issued");
    let at = browser.url();
    assert!(at.ends_with("/datasources/in/credential"), "a secret must not stand in an address: {at}");
    use_the_settings(&console, &browser);
    let grant = browser.attribute("dl a[href*='/grants/']", "href").unwrap();
    let grant = grant.rsplit('/').next().unwrap().to_owned();
    let shown = body(&console.api.get(&format!("P/grants/{grant}")).await.ok());
    assert_eq!((&shown["kind"], &shown["state"]), (&json!("credential"), &json!("live")), "{shown}");
    console.api.post(&format!("P/grants/{grant}/revoke"), &json!({})).await.ok();
    drop(account);
}

/// What stands on the page works as it was copied, and nothing outside the prefix does.
fn use_the_settings(console: &Console, browser: &Browser) {
    let copied = |id: &str| browser.property(id, "textContent").as_str().unwrap().to_owned();
    let dir = console.tidegate.dir();
    let clean = |program: &std::path::Path| {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", dir).env("AWS_EC2_METADATA_DISABLED", "true");
        command
    };
    let said = |command: &mut Command| {
        let done = command.output().unwrap();
        String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
    };

    let config = dir.join("copied-config");
    fs::write(&config, copied("#code-aws")).unwrap();
    let bucket = copied("#code-s5cmd").split("s3://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let aws = |path: &str| {
        let mut aws = clean(&component::aws_cli());
        aws.env("AWS_CONFIG_FILE", &config).args([
            "--profile",
            "tidegate-in",
            "s3",
            "ls",
            &format!("s3://{bucket}/{path}"),
        ]);
        said(&mut aws)
    };
    assert!(aws("in/").contains("a b+c.txt"), "{}", aws("in/"));
    assert!(aws("other/").contains("AccessDenied"), "{}", aws("other/"));

    let listed = said(clean(&component::python()).args(["-c", &copied("#code-boto3")]));
    assert!(listed.contains("17 in/a b+c.txt"), "{listed}");

    let config = dir.join("copied-rclone.conf");
    fs::write(&config, copied("#code-rclone")).unwrap();
    let rclone = |path: &str| {
        let place = format!("tidegate-in:{bucket}/{path}");
        let mut rclone = clean(&component::rclone());
        said(rclone.arg("--config").arg(&config).args(["--retries", "1", "--low-level-retries", "1", "lsf", &place]))
    };
    assert_eq!(rclone("in/"), "a b+c.txt\n");
    assert!(rclone("other/").contains("AccessDenied"), "{}", rclone("other/"));

    let s5cmd = component::s5cmd();
    let script = copied("#code-s5cmd").replace("\ns5cmd ", &format!("\n{} ", s5cmd.display()));
    let listed = said(clean("sh".as_ref()).args(["-c", &script]));
    assert!(listed.contains("a b+c.txt"), "{listed}");
}

#[tokio::test]
async fn whoever_may_not_look_and_what_cannot_be_looked_at_are_told_so() {
    let console = Console::start();
    let bucket = console.store("lake").await;
    bucket.put("data/a.txt", "a").await.ok();
    console.datasource("pictures", "lake", &bucket, "input").await;
    let new = json!({"name": "broken", "integration": "lake", "bucket": "tg-keys-no-such-bucket", "prefix": "data",
        "purpose": "input", "region": "us-east-1", "keep": true});
    console.api.post("P/datasources", &new).await;
    console.person("vic", "viewer").await;

    let viewer = console.open_as("vic");
    for path in [OBJECTS, "P/datasources/pictures/object?key=data%2Fa.txt", "P/datasources/pictures/credential"] {
        console.go(&viewer, path);
        viewer.wait_for_heading("You may not do this");
        assert!(viewer.has_link("Datasources"), "the frame stays");
        judge(&viewer, "objects-forbidden");
    }

    let owner = console.open();
    console.go(&owner, "P/datasources/broken/objects");
    assert!(owner.sees("failed its last proof"), "{}", owner.text("main"));
    assert!(owner.has_link("See the datasource and its last proof"));
    judge(&owner, "objects-unusable");
    console.go(&owner, "P/datasources/none/objects");
    owner.wait_for_heading("There is nothing here that you may see");
}

/// A store of a million objects in one folder, of which only what is asked for is ever made.
fn million() -> HttpDouble {
    HttpDouble::start(|request: &Recorded| {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let value =
            |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
        if value("list-type") != "2" {
            return Reply::s3_error(404, "NoSuchKey", "There is no such object.");
        }
        let begin: u32 = value("continuation-token").parse().unwrap_or_default();
        let end = (begin + value("max-keys").parse::<u32>().unwrap_or(1000)).min(1_000_000);
        let rows: String = (begin..end)
            .map(|at| {
                format!("<Contents><Key>data/{at:07}.bin</Key><Size>{at}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>")
            })
            .collect();
        let more = end < 1_000_000;
        let next = if more { format!("<NextContinuationToken>{end}</NextContinuationToken>") } else { String::new() };
        let page = format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{next}{rows}</ListBucketResult>");
        Reply::new(200, "application/xml", page)
    })
}

#[tokio::test]
async fn the_first_page_of_a_million_objects_asks_the_store_once_for_a_hundred() {
    let console = Console::start();
    let double = million();
    let mut new = store("huge");
    new["settings"] =
        json!({"preset": "generic", "endpoint": double.url(), "region": "us-east-1", "access_key_id": "key"});
    new["proof"] = json!("off");
    new["reason"] = json!("a double of a store");
    console.made("P/integrations", &new).await;
    let new = json!({"name": "pictures", "integration": "huge", "bucket": "million", "prefix": "data", "purpose": "input",
        "region": "us-east-1", "proof": {"mode": "off", "reason": "a double of a store"}});
    console.made("P/datasources", &new).await;
    let lists = || double.requests().iter().filter(|request| request.target.contains("list-type=2")).count();
    let before = lists();

    let browser = console.open();
    console.go(&browser, OBJECTS);
    assert_eq!(browser.count("tbody tr"), 100);
    assert_eq!(lists(), before + 1);
    browser.follow_link("Next page");
    assert!(browser.texts("tbody td:first-child").first().is_some_and(|name| name == "0000100.bin"));
    assert_eq!(lists(), before + 2);
    browser.follow_link("First page");
    assert_eq!(browser.texts("tbody td:first-child").first().map(String::as_str), Some("0000000.bin"));
    console.go(&browser, &format!("{OBJECTS}?glob=%2A.png"));
    browser.wait_for_heading("Nothing found so far");
    browser.console_errors();
    judge(&browser, "objects-nothing-so-far");
}
