//! A local directory in the console: Tidegate serves its objects itself, under the policy of its own pages.

use std::fs;
use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use testkit::browser::{Browser, judge};
use testkit::media;

use super::support::{Console, path_of};
use crate::support::{PROJECT, admin};

struct Disk {
    console: Console,
    /// What is allowed; `scans` in it is the bucket.
    folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("scans/in/deep")).unwrap();
        for (name, bytes) in [
            ("photo.png", media::png(64, 48, [20, 90, 160])),
            ("notes.txt", b"from the disk".to_vec()),
            ("page.html", media::HTML_WITH_SCRIPT.into()),
            ("drawing.svg", media::SVG_WITH_SCRIPT.into()),
            ("backup.zip", vec![0, 1, 2]),
            ("deep/leaf.txt", b"leaf".to_vec()),
        ] {
            fs::write(folder.path().join("scans/in").join(name), bytes).unwrap();
        }
        let console = Console::configured(&format!("[local_directory]\nallow = {}", json!([folder.path()])));
        admin(&console.tidegate, &format!("project create {PROJECT}")).ok();
        Self { console, folder }
    }

    fn at(&self, key: &str) -> PathBuf {
        self.folder.path().join("scans").join(key)
    }

    fn look(&self, browser: &Browser, key: &str) {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        self.console.go(browser, &format!("P/datasources/scans/object?key={key}"));
    }
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
async fn a_directory_is_connected_browsed_and_written_in_the_console() {
    let disk = Disk::new();
    let browser = disk.console.open();
    connect(&disk, &browser);
    let place = json!({"name": "scans", "integration": "disk", "bucket": "scans", "prefix": "in/",
        "purpose": "input-output"});
    disk.console.made("P/datasources", &place).await;
    let place =
        json!({"name": "reading", "integration": "disk", "bucket": "scans", "prefix": "in/", "purpose": "input"});
    disk.console.made("P/datasources", &place).await;

    browse(&disk, &browser);
    look_at_each_kind(&disk, &browser);
    upload(&disk, &browser);
    end(&disk, &browser).await;
}

/// The form, with the folder that is not allowed first.
fn connect(disk: &Disk, browser: &Browser) {
    disk.console.go(browser, "P/integrations/-/new");
    browser.follow_link("Choose Local directory");
    browser.fill_label("Name", "disk");
    browser.fill_label("Folder", "/etc");
    judge(browser, "integrations-new-local-directory");
    browser.press_button("Continue");
    browser.wait_for(".field-wrong");
    assert!(browser.sees("The operator does not allow this folder"), "{}", browser.text("main"));
    browser.console_errors();
    judge(browser, "integrations-new-local-directory-refused");
    browser.fill_label("Folder", &disk.folder.path().display().to_string());
    browser.press_button("Continue");
    browser.wait_for_path(&path_of("P/integrations/disk/setup"));
    browser.console_errors();
    judge(browser, "integrations-setup-local-directory");
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    browser.wait_for("#run .notice strong");
    assert!(browser.text("#run").contains("Everything that was asked holds"), "{}", browser.text("#run"));
    judge(browser, "proof-run-local-directory");
}

fn browse(disk: &Disk, browser: &Browser) {
    disk.console.go(browser, "P/datasources/scans/objects?view=list");
    browser.wait_for_heading("Objects of scans");
    let names = browser.texts("tbody tr td:first-child");
    assert_eq!(names, ["deep/", "backup.zip", "drawing.svg", "notes.txt", "page.html", "photo.png"]);
    browser.wait_until("#speed", |text| text.contains("from browsers"));
    judge(browser, "objects-local-directory");
    browser.follow_link("deep/");
    assert_eq!(browser.texts("tbody tr td:first-child"), ["leaf.txt"]);
    disk.console.go(browser, "P/datasources/scans/objects?view=grid");
    until(browser, "[...document.querySelectorAll('.thumb img')].some((image) => image.naturalWidth === 64)");
    assert!(browser.sees("through Tidegate") && !browser.sees("straight from the bucket"), "{}", browser.text("main"));
    assert!(!browser.sees("straight to the bucket"), "{}", browser.text("main"));
    judge(browser, "objects-grid-local-directory");
}

fn look_at_each_kind(disk: &Disk, browser: &Browser) {
    disk.look(browser, "in/photo.png");
    until(browser, "document.querySelector('.preview img').naturalWidth === 64");
    let source = browser.attribute(".preview img", "src").unwrap();
    assert!(source.starts_with(&format!("{}/objects/", disk.console.tidegate.url())), "{source}");
    assert!(browser.sees("through Tidegate") && !browser.sees("straight from the bucket"), "{}", browser.text("main"));
    judge(browser, "object-picture-local-directory");

    let shown = "document.querySelector('.preview pre').textContent";
    disk.look(browser, "in/notes.txt");
    until(browser, &format!("{shown} === 'from the disk'"));
    judge(browser, "object-text-local-directory");

    disk.look(browser, "in/page.html");
    until(browser, &format!("{shown}.includes('<script>')"));
    disk.look(browser, "in/drawing.svg");
    until(browser, "document.querySelector('.preview img').naturalWidth === 64");
    assert!(!browser.title().contains("harm"), "what is stored acted in the console");
    judge(browser, "object-drawing-local-directory");

    disk.look(browser, "in/backup.zip");
    browser.press_button("Download");
    assert_eq!(browser.downloaded("backup.zip"), [0, 1, 2]);
    judge(browser, "object-downloaded-local-directory");
}

fn upload(disk: &Disk, browser: &Browser) {
    disk.console.go(browser, "P/datasources/scans/objects");
    let file = disk.console.tidegate.dir().join("a <b>name\u{e9}.png");
    let bytes = media::png(40, 30, [200, 30, 30]);
    fs::write(&file, &bytes).unwrap();
    browser.upload("#files", &file);
    browser.wait_until("[data-state]", |text| text == "Done.");
    assert_eq!(fs::read(disk.at("in/a <b>name\u{e9}.png")).unwrap(), bytes);
    judge(browser, "objects-uploaded-local-directory");
    browser.click("#uploads a");
    until(browser, "document.querySelector('.preview img').naturalWidth === 40");
    disk.console.go(browser, "P/datasources/reading/objects");
    assert!(browser.sees("notes.txt"), "{}", browser.text("main"));
    assert_eq!(browser.count("#upload"), 0, "nothing is written through an input");
}

/// A pause holds for the pages of the console too.
async fn end(disk: &Disk, browser: &Browser) {
    disk.look(browser, "in/photo.png");
    until(browser, "document.querySelector('.preview img').naturalWidth === 64");
    let source = browser.attribute(".preview img", "src").unwrap();
    disk.console.made("P/integrations/disk/pause", &json!({})).await;
    let asked =
        "const done = arguments[1]; fetch(arguments[0], {cache: 'no-store'}).then((answer) => done(answer.status))";
    assert_eq!(browser.eval_async(asked, &[json!(source)]), 403);
    disk.console.made("P/integrations/disk/resume", &json!({})).await;
    assert_eq!(browser.eval_async(asked, &[json!(source)]), 200);
    browser.console_errors();
}
