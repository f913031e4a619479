//! All objects of a datasource, through the server, beside `s5cmd ls` which asks the store itself.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use testkit::component::{self, WRITER};
use testkit::request::REGION;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::line::Line;
use crate::measure::{grouped, median, ratio, show, timed};
use crate::row::Row;
use crate::world::{PROJECT, World, urls_body};

const KEYS: usize = 100_000;
/// Filling the bucket may take so long; what is there by then is listed.
const FILLING: Duration = Duration::from_secs(90);
const UPLOADS: usize = 64;
const ROUNDS: usize = 5;
const ENOUGH: f64 = 1.3;

pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    let count = fill(&world).await;
    let mut line = Line::open(&world.tidegate).await;
    let (mut served, mut printed, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (serving, listed) = timed(pages(&mut line)).await;
        let (printing, lines) = run(object_list(&world));
        let (peer, peers) = run(s5cmd_ls(&world));
        assert_eq!((listed, lines, peers), (count, count, count), "all see all objects");
        // The first round warms up.
        if round > 0 {
            served.push(serving);
            printed.push(printing);
            theirs.push(peer);
        }
    }
    let theirs = median(theirs);
    let row = |work: String, ours: Duration| {
        let times = ratio(ours, theirs);
        Row {
            work,
            ours: show(ours),
            peer: format!("`s5cmd ls`: {}", show(theirs)),
            ratio: format!("{times:.2} times as long"),
            must: "at most 1.3 times",
            held: times <= ENOUGH,
        }
    };
    let count = grouped(count);
    vec![
        row(format!("list {count} keys on SeaweedFS, `GET .../objects`, pages of 1,000"), median(served)),
        row(format!("the same, the process `tidegate object list`, {count} lines"), median(printed)),
    ]
}

/// Follows the pages to the end.
async fn pages(line: &mut Line) -> usize {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<&'a serde_json::value::RawValue>,
        next: Option<String>,
    }
    let (mut count, mut after) = (0, String::new());
    loop {
        let path = format!("datasources/plain/objects?limit=1000{after}");
        let body = line.call(Method::GET, &path, Bytes::new()).await;
        let page: Page<'_> = serde_json::from_slice(&body).expect("a page is JSON");
        count += page.items.len();
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return count,
        }
    }
}

fn object_list(world: &World) -> Command {
    let mut command = world.tidegate.cli_command();
    command.args(["--project", PROJECT, "--output", "table", "object", "list", "plain"]);
    command
}

fn s5cmd_ls(world: &World) -> Command {
    let mut command = Command::new(component::s5cmd());
    command.env("AWS_ACCESS_KEY_ID", WRITER.access_key_id).env("AWS_SECRET_ACCESS_KEY", WRITER.secret_access_key);
    command.env("AWS_REGION", REGION).args(["--endpoint-url", &world.seaweed, "ls"]);
    command.arg(format!("s3://{}/data/*", world.bucket.name()));
    command
}

/// How long it took and how many lines it printed.
fn run(mut command: Command) -> (Duration, usize) {
    let start = Instant::now();
    let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("a program can be started");
    let time = start.elapsed();
    assert!(done.status.success(), "{command:?} failed");
    (time, done.stdout.iter().filter(|byte| **byte == b'\n').count())
}

/// Writes small objects through URLs of Tidegate's own; tells how many there are then.
async fn fill(world: &World) -> usize {
    let start = Instant::now();
    let mut line = Line::open(&world.tidegate).await;
    let signed = line.call(Method::POST, "datasources/plain/urls", urls_body(KEYS, "PUT")).await;
    let signed: Value = serde_json::from_slice(&signed).expect("the answer is JSON");
    let urls = signed.get("urls").and_then(Value::as_array).expect("there are URLs");
    let urls: Vec<String> = urls.iter().filter_map(|url| Some(url.get("url")?.as_str()?.to_owned())).collect();
    let left = Arc::new(Mutex::new(urls.into_iter()));
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut uploads = JoinSet::new();
    for _ in 0..UPLOADS {
        let (left, client) = (Arc::clone(&left), client.clone());
        uploads.spawn(async move {
            let mut done = 0;
            while start.elapsed() < FILLING {
                let Some(url) = left.lock().await.next() else { break };
                put(&client, &url).await;
                done += 1;
            }
            done
        });
    }
    let count: usize = uploads.join_all().await.into_iter().sum();
    eprintln!("bench: {} objects written in {}", grouped(count), show(start.elapsed()));
    // One was there.
    count + 1
}

async fn put(client: &Client<HttpConnector, Full<Bytes>>, url: &str) {
    let request = Request::put(url).body(Full::new(Bytes::from_static(b"x"))).expect("a URL is one");
    let response = client.request(request).await.expect("the store answers");
    let status = response.status();
    let body = response.into_body().collect().await.expect("the answer is whole").to_bytes();
    assert!(status.is_success(), "the store answered {status}: {}", String::from_utf8_lossy(&body));
}
