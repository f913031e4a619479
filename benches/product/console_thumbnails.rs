//! A folder of 100 pictures in the object browser: when their signed URLs are there, and when a browser asks
//! the bucket for them.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use testkit::browser::{Browser, Size};
use testkit::media;

use crate::line::Line;
use crate::measure::{median, ratio, show, timed};
use crate::row::Row;
use crate::weight::{self, Files, kibibytes};
use crate::world::{PROJECT, World};

const PICTURES: usize = 100;
const ROUNDS: usize = 20;
const CLICKS: usize = 7;
/// A window that shows all of them: what is far below the edge of a window is only loaded when scrolled to.
const TALL: Size = Size { width: 1440, height: 4_000 };
const SOON: Duration = Duration::from_millis(200);

pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    for at in 0..PICTURES {
        let key = format!("data/album/picture-{at:03}.jpg");
        world.bucket.put_as(&key, "image/jpeg", media::JPEG).await.ok();
    }
    world.bucket.allow_origin(&world.tidegate.url()).await.ok();
    let mut rows = vec![served(&world).await];
    for size in [Size::DESKTOP, TALL] {
        let (url, session) = (world.tidegate.url(), world.tidegate.admin_token());
        let clicks = tokio::task::spawn_blocking(move || clicks(&url, &session, size)).await;
        rows.push(started(&clicks.expect("the browser was driven"), size));
    }
    for (datasource, how) in [("plain", "a key pair"), ("delegated", "a role, so each URL holds a session token")] {
        rows.push(weighed(&world, datasource, how).await);
    }
    rows
}

/// From the request for the grid to its last byte, which comes with all URLs.
async fn served(world: &World) -> Row {
    let (mut line, session) = (Line::open(&world.tidegate).await, world.tidegate.admin_token());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let page = line.page(&session, &grid("plain")).await;
        let html = String::from_utf8_lossy(&page.body);
        assert_eq!(html.matches(" data-end=").count(), PICTURES, "every picture has a signature:\n{html}");
        let listing = world.bucket.list_page("data/album/", "");
        let (peer, listed) = timed(listing).await;
        listed.ok();
        // The first round warms up.
        if round > 0 {
            ours.push(page.whole);
            theirs.push(peer);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Row {
        work: format!("the object browser's grid of {PICTURES} pictures, from the request to the last signed URL"),
        ours: show(ours),
        peer: format!("SeaweedFS lists the folder: {}", show(theirs)),
        ratio: format!("{:.1} times as long", ratio(ours, theirs)),
        must: "at most 200 ms",
        held: ours <= SOON,
    }
}

fn grid(datasource: &str) -> String {
    format!("/projects/{PROJECT}/datasources/{datasource}/objects?prefix=data/album/&view=grid")
}

/// What a browser did after a click on the folder, in milliseconds from the click on.
struct Click {
    /// The page was there.
    answered: f64,
    /// When each picture was asked for.
    asked: Vec<f64>,
}

/// Remembers when the link was clicked, for the page that follows.
const REMEMBER: &str = "addEventListener('click', () => \
     sessionStorage.setItem('clicked', performance.timeOrigin + performance.now()), true);";

/// When what was loaded from elsewhere than the console began to load; looks once all of it has begun.
const LOOK: &str = "
    const done = arguments[arguments.length - 1];
    const clicked = Number(sessionStorage.getItem('clicked'));
    const since = (time) => performance.timeOrigin + time - clicked;
    const isPicture = (entry) => entry.initiatorType === 'img' && !entry.name.startsWith(location.origin);
    setTimeout(() => done({
        answered: since(performance.getEntriesByType('navigation')[0].responseEnd),
        asked: performance.getEntriesByType('resource').filter(isPicture)
            .map((entry) => since(entry.startTime)).sort((one, other) => one - other),
    }), 1000);";

fn clicks(url: &str, session: &str, size: Size) -> Vec<Click> {
    let browser = Browser::open();
    browser.size(size);
    browser.cdp("Network.setCookie", &json!({"name": "tidegate", "value": session, "url": url, "httpOnly": true}));
    let mut clicks = Vec::new();
    for round in 0..=CLICKS {
        browser.go(&format!("{url}/projects/{PROJECT}/datasources/plain/objects"));
        browser.eval(REMEMBER);
        browser.follow_link("album/");
        browser.wait_until("main", |text| text.contains("pictures straight from the bucket"));
        let seen = browser.eval_async(LOOK, &[]);
        let number = |value: &Value| value.as_f64().expect("the browser measures");
        let asked = seen.get("asked").and_then(Value::as_array).expect("pictures are loaded");
        // The first round warms up.
        if round > 0 {
            let answered = seen.get("answered").map(number).expect("the page was loaded");
            clicks.push(Click { answered, asked: asked.iter().map(number).collect() });
        }
    }
    clicks
}

fn started(clicks: &[Click], size: Size) -> Row {
    let at =
        |of: fn(&Click) -> f64| median(clicks.iter().map(|click| Duration::from_secs_f64(of(click) / 1e3)).collect());
    let answered = at(|click| click.answered);
    let first = at(|click| click.asked.first().copied().unwrap_or(f64::MAX));
    let last = at(|click| click.asked.last().copied().unwrap_or(f64::MAX));
    let count = clicks.iter().map(|click| click.asked.len()).min().unwrap_or_default();
    Row {
        work: format!(
            "a click on that folder in Chromium, {} by {}: {count} of {PICTURES} start to load",
            size.width, size.height
        ),
        ours: format!("the first after {}, the last of them after {}", show(first), show(last)),
        peer: format!("the page itself was there after {}", show(answered)),
        ratio: format!("{:.1} times as long", ratio(last, answered)),
        must: "at most 200 ms",
        held: last <= SOON && count > 0,
    }
}

async fn weighed(world: &World, datasource: &str, how: &str) -> Row {
    let (mut line, session) = (Line::open(&world.tidegate).await, world.tidegate.admin_token());
    let page = line.page(&session, &grid(datasource)).await;
    let html = String::from_utf8_lossy(&page.body);
    assert_eq!(html.matches(" data-end=").count(), PICTURES, "every picture has a signature:\n{html}");
    let all = Files::default().weigh(&mut line, &session, &page.body).await;
    let api = format!("datasources/{datasource}/objects?prefix=data/album/&limit={PICTURES}");
    let listed = line.call(Method::GET, &api, bytes::Bytes::new()).await;
    Row {
        work: format!("that grid with everything but the pictures, as sent, {how}"),
        ours: kibibytes(all),
        peer: format!("`GET .../objects` of the same folder: {}", kibibytes(listed.len())),
        ratio: "-".to_owned(),
        must: "at most 150 KiB",
        held: all <= weight::MOST,
    }
}
