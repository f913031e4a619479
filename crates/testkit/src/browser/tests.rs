//! The browser against a page that behaves as the console must, and once does not.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Browser, Keys, Options, Size, Theme, judge};
use crate::bucket::Bucket;
use crate::component;
use crate::http_double::{HttpDouble, Recorded, Reply};
use crate::media;

const POLICY: &str =
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; img-src 'self'; media-src 'self'";

const PAGE: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">
<script src="/script.js" defer></script></head><body><main><h1>Sign in</h1>
<form action="/done"><p><label for="u">User name</label> <input id="u" name="u" aria-describedby="h" autocomplete="off">
<span id="h">As you were told.</span></p>
<p><label>Password <input name="p" type="password" autocomplete="off"></label></p>
<p><label>Day <input name="d" type="date"></label></p>
<p><label>Purpose <select name="s"><option value="i">Input</option><option value="o">Output</option></select></label></p>
<p><label><input name="c" type="checkbox"> Remember me</label></p>
<p><label for="f">File</label> <input id="f" type="file"></p>
<button>Sign <b>in</b></button> <button hidden>Sign in</button> <button id="b" type="button" disabled>Later</button></form>
<ul><li id="one"><a href="/one">Open</a> one</li><li id="two"><a href="/two">Open</a> two</li></ul>
<p><a href="/file" download>Download</a> <button id="copy" type="button">Copy</button></p>
<p id="said">nothing</p></main></body></html>"#;

const SCRIPT: &str = "document.querySelector('#said').textContent = 'scripts run';
document.querySelector('#copy').onclick = () => navigator.clipboard.writeText('copied');
setTimeout(() => { document.querySelector('#b').disabled = false }, 300);
document.querySelector('#b').onclick = () => { document.querySelector('#said').textContent = 'later' };";

const STYLE: &str = ":root{color-scheme:light dark;color:#111;background:#fff}a{color:#00c}
@media(prefers-color-scheme:dark){:root{color:#eee;background:#111}a{color:#9cf}}";

fn site(page: &'static str) -> HttpDouble {
    HttpDouble::start(move |request: &Recorded| {
        let reply = match request.target.as_str() {
            "/script.js" => Reply::new(200, "text/javascript", SCRIPT),
            "/style.css" => Reply::new(200, "text/css", STYLE),
            "/favicon.ico" => Reply::new(204, "image/png", ""),
            "/file" => Reply::new(200, "text/plain", "the file")
                .with_header("content-disposition", "attachment; filename=f.txt"),
            "/0" => Reply::new(200, "image/jpeg", media::JPEG),
            "/1" => Reply::new(200, "image/png", media::png(300, 200, [9, 99, 199])),
            "/2" => Reply::new(200, "image/svg+xml", media::SVG),
            "/3" => Reply::new(200, "video/mp4", media::MP4),
            "/4" => Reply::new(200, "video/webm", media::WEBM),
            "/5" => Reply::new(200, "audio/wav", media::wav(3)),
            "/" => Reply::new(200, "text/html; charset=utf-8", page),
            other => Reply::new(200, "text/plain", other.to_owned()),
        };
        reply.with_header("content-security-policy", POLICY)
    })
}

fn shown(site: &HttpDouble, options: Options) -> Browser {
    let browser = Browser::open_with(options);
    browser.go(&format!("{}/", site.url()));
    browser
}

fn failure(act: impl FnOnce()) -> String {
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).unwrap_err();
    panicked.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_form_is_filled_by_its_labels_and_sent_by_its_button() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default());
    assert_eq!((browser.title().as_str(), browser.path().as_str()), ("Sign in", "/"));
    assert_eq!(browser.fields(), ["User name", "Password", "Day", "Purpose", "Remember me"]);
    assert!(browser.has_button("Sign in") && !browser.has_button("Sign"));
    assert_eq!(browser.description("User name"), "As you were told.");
    browser.fill_label("User name", "somebody else");
    browser.fill_label("User name", "ada 🦀 \u{202e}x");
    browser.fill_label("Password", "p&=+");
    browser.fill_label("Day", "2026-11-22");
    browser.choose("Purpose", "Output");
    browser.tick("Remember me", true);
    browser.tick("Remember me", true);
    assert_eq!(browser.value("User name"), "ada 🦀 \u{202e}x");
    browser.press_button("Sign in");
    let expected = "/done?u=ada+%F0%9F%A6%80+%E2%80%AEx&p=p%26%3D%2B&d=2026-11-22&s=o&c=on";
    assert_eq!((browser.path().as_str(), browser.text("body").as_str()), (expected, expected));
    browser.back();
    browser.wait_for_path("/");
    browser.wait_for_heading("Sign in");
}

#[test]
fn keys_go_where_the_focus_is_and_parts_of_a_page_are_told_apart() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default());
    browser.press_keys(Keys::TAB);
    assert_eq!((browser.focused().as_str(), browser.role("#u").as_str()), ("User name", "textbox"));
    browser.press_keys(&format!("ada{}", Keys::TAB));
    assert_eq!((browser.focused().as_str(), browser.value("User name").as_str()), ("Password", "ada"));
    browser.press_button("Later");
    browser.wait_for_text("later");
    assert_eq!(browser.links(), ["Open", "Open", "Download"]);
    let two = browser.within("ul").within("#two");
    assert!(two.sees("two") && !two.sees("one") && two.count("a") == 1);
    two.follow_link("Open");
    assert_eq!(browser.path(), "/two");
}

#[test]
fn what_is_not_there_fails_and_says_what_is() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default()).patient_for(Duration::from_millis(300));
    let said = failure(|| browser.press_button("Log in"));
    assert!(said.contains("never had a button named 'Log in'") && said.contains("'Sign in', 'Later'"), "{said}");
    assert!(said.contains(&site.url()) && said.contains("As you were told."), "{said}");
    let said = failure(|| browser.follow_link("Open"));
    assert!(said.contains("2 have that name"), "{said}");
}

#[test]
fn files_go_up_and_down_and_to_the_clipboard() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default());
    browser.upload_label("File", Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path());
    browser.press_button("Copy");
    assert_eq!(browser.clipboard(), "copied");
    browser.follow_link("Download");
    assert_eq!(browser.downloaded("f.txt"), b"the file");
}

#[test]
fn a_clean_page_passes_with_and_without_scripts_in_every_size() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default());
    assert_eq!(browser.text("#said"), "scripts run");
    judge(&browser, "page-clean");
    let browser = shown(&site, Options::default().without_scripts().size(Size::PHONE).theme(Theme::Dark));
    assert_eq!((browser.text("#said").as_str(), &browser.eval("return innerWidth")), ("nothing", &390.into()));
    judge(&browser, "page-clean-without-scripts");
    browser.reload();
    assert_eq!(browser.text("#said"), "nothing", "judging must leave scripts off");
    browser.fill_label("User name", "ada");
    browser.press_button("Sign in");
    assert!(browser.path().starts_with("/done?u=ada&"));
}

#[test]
fn faults_of_a_page_are_each_found() {
    const FAULTY: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bad</title>
        <link rel="stylesheet" href="/style.css"></head><body><main><h1>Bad</h1><img src="/gone.png">
        <p style="color:red">styled</p><script>document.title = 'inline'</script>
        <div id="wide">wide</div></main></body></html>"#;
    let site = HttpDouble::start(|request: &Recorded| {
        let reply = match request.target.as_str() {
            "/" => Reply::new(200, "text/html; charset=utf-8", FAULTY),
            "/style.css" => Reply::new(
                200,
                "text/css",
                ":root{color:#111;background:#fff}#wide{width:500px}@media(prefers-color-scheme:dark){:root{background:#222}}",
            ),
            _ => Reply::new(404, "text/plain", ""),
        };
        reply.with_header("content-security-policy", POLICY)
    });
    let browser = shown(&site, Options::default());
    assert!(browser.axe().iter().any(|found| found.id == "image-alt"), "{:?}", browser.axe());
    assert_eq!(browser.title(), "Bad", "the policy must be in force");
    let said = failure(|| judge(&browser, "page-faulty"));
    for expected in
        ["image-alt", "dark theme: color-contrast", "at 390 pixels", "id=\"wide\"", "script-src", "style-src"]
    {
        assert!(said.contains(expected), "{expected} was not found: {said}");
    }
    assert!(browser.console_errors().is_empty(), "errors are given once");
}

#[test]
fn pictures_differ_by_theme_and_cover_the_whole_page() {
    let site = site(PAGE);
    let browser = shown(&site, Options::default());
    browser.wait_for("#b:enabled");
    let light = browser.picture();
    browser.theme(Theme::Dark);
    assert!(light != browser.picture(), "the themes look the same");
    browser.theme(Theme::Light);
    assert!(light == browser.picture(), "the same page looks different");
    browser
        .eval("document.querySelector('#said').textContent = 'x\\n'.repeat(50); document.body.style.height = '3000px'");
    let height = browser.picture().get(20..24).map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    assert!(height.is_some_and(|height| height >= 3000), "{height:?}");
}

#[test]
fn media_of_the_kit_are_shown_and_played() {
    const MEDIA: &str = "<!doctype html><html lang=en><title>Media</title><img src=/0 alt=a><img src=/1 alt=b>\
        <img src=/2 alt=c><video src=/3 preload=auto></video><video src=/4 preload=auto></video>\
        <audio src=/5 preload=auto></audio>";
    let site = site(MEDIA);
    let browser = shown(&site, Options::default());
    let widths = "return [...document.images].map(i => i.naturalWidth)";
    assert_eq!(browser.eval(widths), serde_json::json!([64, 300, 64]));
    let lengths = "const done = arguments[0]; Promise.all([...document.querySelectorAll('video, audio')].map(async m => { \
        if (m.readyState < 2) await new Promise((ok, no) => { m.onloadeddata = ok; m.onerror = no }); \
        return Math.round(m.duration) })).then(done, () => done('a film does not load'))";
    assert_eq!(browser.eval_async(lengths, &[]), serde_json::json!([3, 3, 3]));
}

#[tokio::test]
async fn a_page_reaches_a_bucket_only_from_the_origin_that_was_let_in() {
    let page = || HttpDouble::always(Reply::new(200, "text/html", "<!doctype html><title>t</title>"));
    let (ours, other) = (page(), page());
    let bucket = Bucket::create(&component::seaweed().url).await;
    bucket.put("a", "hello").await.ok();
    bucket.allow_origin(&ours.url()).await.ok();
    let script = "const [get, put, done] = arguments; (async () => { \
        const sent = await fetch(put, {method: 'PUT', body: 'x', headers: {'content-type': 'text/plain'}}); \
        return sent.status + ' ' + await (await fetch(get)).text() })().then(done, e => done(String(e)))";
    let urls = [bucket.signed_url("GET", "a").into(), bucket.signed_url("PUT", "b").into()];
    let browser = shown(&ours, Options::default());
    assert_eq!(browser.eval_async(script, &urls), "200 hello");
    browser.go(&other.url());
    assert_eq!(browser.eval_async(script, &urls), "TypeError: Failed to fetch");
    assert!(browser.console_errors().iter().any(|error| error.contains("CORS policy")));
}

#[test]
fn tabs_share_cookies_and_two_browsers_do_not() {
    let visits = AtomicUsize::new(0);
    let site = HttpDouble::start(move |_| {
        let visit = visits.fetch_add(1, Ordering::Relaxed);
        let page = "<!doctype html><title>t</title><p>hello";
        Reply::new(200, "text/html", page).with_header("set-cookie", &format!("c={visit}; HttpOnly; SameSite=Strict"))
    });
    let first = shown(&site, Options::default().theme(Theme::Dark));
    let left = first.new_tab();
    assert_eq!(first.tabs().len(), 2);
    assert_eq!(first.eval("return matchMedia('(prefers-color-scheme: dark)').matches"), true);
    first.go(&site.url());
    first.switch(&left);
    let second = shown(&site, Options::default());
    let value = |browser: &Browser| browser.cookies().first().map(|cookie| cookie.value.clone());
    assert!(value(&first).is_some() && value(&first) != value(&second));
    let cookie = first.cookies().remove(0);
    assert_eq!((cookie.http_only, cookie.secure, cookie.same_site.as_str()), (true, false, "Strict"));
    first.forget_cookies();
    assert_eq!((first.cookies().len(), second.cookies().len()), (0, 1));
}
