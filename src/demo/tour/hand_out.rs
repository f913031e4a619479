//! Second act: signed URLs for people and tools that know nothing of Tidegate.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::connect::{INPUT, OUTPUT};
use super::plain::Plain;
use super::{Tour, wrong};
use crate::cli::Failure;
use crate::cli::answer::{Lines, parse};
use crate::cli::client::{Ask, NDJSON};
use crate::demo::pictures;
use crate::demo::say::{Say, grouped};

/// Where the demo writes.
const WRITTEN: &str = "results/picture-0000-inverted.bmp";

/// What was handed out, for the acts that follow.
pub(super) struct HandedOut {
    /// The grant of all reading URLs.
    pub(super) grant_id: String,
    /// The URLs in the order of the keys.
    pub(super) urls: Vec<Signed>,
}

/// A signed URL and what must be sent with it.
#[derive(Debug, Deserialize)]
pub(super) struct Signed {
    pub(super) key: String,
    pub(super) url: String,
    method: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

pub(super) async fn run(tour: &Tour<'_>, say: &mut Say) -> Option<HandedOut> {
    say.act("Hand out access");
    let plain = Plain::new();
    let keys = say.step("list the objects", list(tour).await)?;
    let handed = say.step("sign URLs", sign_all(tour, &keys).await)?;
    say.step("fetch one by plain HTTP", fetch(&plain, &handed).await);
    let written = say.step("write through a signed PUT", write(tour, &plain).await);
    if let Some(picture) = written {
        say.step("read it back", read_back(tour, &plain, &picture).await);
    }
    Some(handed)
}

async fn list(tour: &Tour<'_>) -> Result<(Vec<String>, String), Failure> {
    #[derive(Deserialize)]
    struct Object {
        key: String,
    }
    #[derive(Deserialize)]
    struct Page {
        items: Vec<Object>,
        next: Option<String>,
    }
    let path = tour.remote.in_project(&["datasources", INPUT, "objects"])?.with("limit", "400");
    let (mut keys, mut after, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page: Page = parse(&tour.remote.get(&path.clone().with_some("after", after.as_deref())).await?)?;
        keys.extend(page.items.into_iter().map(|object| object.key));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if !keys.iter().eq((0..pictures::COUNT).map(pictures::key).collect::<Vec<_>>().iter()) {
        return Err(wrong(format!("{} keys were listed, and not exactly those of the pictures", keys.len())));
    }
    let shown = format!("{} pictures in {pages} pages", grouped(keys.len()));
    Ok((keys, shown))
}

/// A line of the answer: the head, a URL, or the end.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    grant_id: Cow<'a, str>,
    #[serde(borrow)]
    expires_at: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Tail {
    done: bool,
    count: usize,
}

async fn sign_all(tour: &Tour<'_>, keys: &[String]) -> Result<(HandedOut, String), Failure> {
    let path = tour.remote.in_project(&["datasources", INPUT, "urls"])?;
    let body = json!({ "keys": keys, "method": "GET", "ttl_seconds": 900 });
    let started = Instant::now();
    let mut lines = tour.remote.send(Ask::post(&path, &body)?.accepting(NDJSON)).await?.lines();
    let first = lines.next().await?.ok_or_else(|| wrong("the answer is empty"))?;
    let head: Head<'_> = parse(&first)?;
    let urls = urls(&mut lines, keys.len()).await?;
    let took = started.elapsed();
    if !urls.iter().map(|url| &url.key).eq(keys) {
        return Err(wrong("the URLs are not in the order of the keys"));
    }
    let shown = format!("{} in one call, in {}, good until {}", grouped(urls.len()), millis(took), head.expires_at);
    Ok((HandedOut { grant_id: head.grant_id.into_owned(), urls }, shown))
}

async fn urls(lines: &mut Lines, count: usize) -> Result<Vec<Signed>, Failure> {
    let mut urls: Vec<Signed> = Vec::with_capacity(count);
    let mut end = None;
    while let Some(line) = lines.next().await? {
        if urls.len() < count {
            urls.push(parse(&line)?);
        } else {
            end = Some(parse::<Tail>(&line)?);
        }
    }
    match end {
        Some(Tail { done: true, count: said }) if said == count => Ok(urls),
        _ => Err(wrong(format!("the answer was cut after {} URLs", urls.len()))),
    }
}

pub(super) fn millis(took: Duration) -> String {
    format!("{} ms", took.as_millis().max(1))
}

async fn fetch(plain: &Plain, handed: &HandedOut) -> Result<((), String), Failure> {
    let index = pictures::COUNT / 2;
    let signed = handed.urls.get(index).ok_or_else(|| wrong("the URL is not there"))?;
    let (status, body) = plain.get(&signed.url).await?;
    if !status.is_success() || body != pictures::bitmap(index) {
        return Err(wrong(format!("the store answered {status} with {} bytes, not the picture", body.len())));
    }
    Ok(((), format!("{}, {} bytes, each as it was made", signed.key, grouped(body.len()))))
}

/// Signs one key of the output.
pub(super) async fn sign_one(tour: &Tour<'_>, datasource: &str, key: &str, method: &str) -> Result<Signed, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        urls: Vec<Signed>,
    }
    let path = tour.remote.in_project(&["datasources", datasource, "urls"])?;
    let body = json!({ "keys": [key], "method": method, "ttl_seconds": 300 });
    let answer: Answer = parse(&tour.remote.post(&path, &body).await?)?;
    answer.urls.into_iter().next().ok_or_else(|| wrong("no URL came"))
}

/// What a tool would do with a picture: its colours the other way round.
async fn write(tour: &Tour<'_>, plain: &Plain) -> Result<(Bytes, String), Failure> {
    let mut picture = pictures::bitmap(0);
    picture.iter_mut().skip(54).for_each(|byte| *byte = 255 - *byte);
    let picture = Bytes::from(picture);
    let signed = sign_one(tour, OUTPUT, WRITTEN, "PUT").await?;
    if signed.method != "PUT" {
        return Err(wrong(format!("the URL is for {}", signed.method)));
    }
    let (status, _) = plain.send(Method::PUT, &signed.url, &signed.headers, picture.clone()).await?;
    if !status.is_success() {
        return Err(wrong(format!("the store answered {status}")));
    }
    let headers = match signed.headers.len() {
        0 => "no header had to be sent".to_owned(),
        some => format!("with {some} headers that the answer named"),
    };
    Ok((picture, format!("{WRITTEN}; {headers}")))
}

async fn read_back(tour: &Tour<'_>, plain: &Plain, picture: &Bytes) -> Result<((), String), Failure> {
    let signed = sign_one(tour, OUTPUT, WRITTEN, "GET").await?;
    let (status, body) = plain.get(&signed.url).await?;
    if !status.is_success() || body != *picture {
        return Err(wrong(format!("the store answered {status} with {} bytes, not what was written", body.len())));
    }
    Ok(((), format!("{} bytes, each as it was written", grouped(body.len()))))
}
