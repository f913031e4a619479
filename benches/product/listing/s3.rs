//! SeaweedFS, filled through URLs of Tidegate's own.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use testkit::component::{self, WRITER};
use testkit::request::REGION;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::{KEYS, Peer, Place, rclone};
use crate::line::Line;
use crate::measure::{grouped, show};
use crate::row::Row;
use crate::world::{World, urls_body};

/// Filling the bucket may take so long; what is there by then is listed.
const FILLING: Duration = Duration::from_secs(90);
const UPLOADS: usize = 64;

pub(super) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    let count = fill(&world).await;
    let peers = vec![s5cmd_ls(&world), rclone_lsf(&world)];
    Place { store: "SeaweedFS", tidegate: &world.tidegate, count, peers }.rows().await
}

fn s5cmd_ls(world: &World) -> Peer {
    let mut command = Command::new(component::s5cmd());
    command.env("AWS_ACCESS_KEY_ID", WRITER.access_key_id).env("AWS_SECRET_ACCESS_KEY", WRITER.secret_access_key);
    command.env("AWS_REGION", REGION).args(["--endpoint-url", &world.seaweed, "ls"]);
    command.arg(format!("s3://{}/data/*", world.bucket.name()));
    Peer { name: "`s5cmd ls`", command }
}

fn rclone_lsf(world: &World) -> Peer {
    let options = ["--s3-provider", "SeaweedFS", "--s3-region", REGION, "--s3-endpoint", &world.seaweed];
    let mut peer = rclone(&options.map(str::to_owned), &format!(":s3:{}/data", world.bucket.name()));
    let keys =
        [("RCLONE_S3_ACCESS_KEY_ID", WRITER.access_key_id), ("RCLONE_S3_SECRET_ACCESS_KEY", WRITER.secret_access_key)];
    peer.command.envs(keys);
    peer
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
