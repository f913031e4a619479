//! All objects of a datasource, through the server, beside tools that ask the store themselves.
//!
//! The one on SeaweedFS is real from end to end. fake-gcs-server and Azurite take minutes to fill and seconds for
//! a page when they are full, so for the clouds a double answers with pages that stand ready: what is measured is
//! what each client makes of them.

mod azure;
mod gcs;
mod s3;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use testkit::Tidegate;
use testkit::component;

use crate::line::Line;
use crate::measure::{grouped, median, ratio, show, timed};
use crate::row::Row;
use crate::world::PROJECT;

const KEYS: usize = 100_000;
const ROUNDS: usize = 5;
const ENOUGH: f64 = 1.3;

/// A datasource `plain` with so many objects, and who else can list them.
struct Place<'a> {
    store: &'static str,
    tidegate: &'a Tidegate,
    count: usize,
    peers: Vec<Peer>,
}

/// Another program, which prints a line an object.
struct Peer {
    name: &'static str,
    command: Command,
}

pub(crate) async fn rows() -> Vec<Row> {
    let mut rows = s3::rows().await;
    rows.extend(gcs::rows().await);
    rows.extend(azure::rows().await);
    rows
}

impl Place<'_> {
    /// Takes turns; the fastest of the peers is the one to beat.
    async fn rows(mut self) -> Vec<Row> {
        let mut line = Line::open(self.tidegate).await;
        let (mut served, mut printed) = (Vec::new(), Vec::new());
        let mut theirs = vec![Vec::new(); self.peers.len()];
        for round in 0..=ROUNDS {
            let (serving, listed) = timed(pages(&mut line)).await;
            let (printing, lines) = run(&mut object_list(self.tidegate));
            assert_eq!((listed, lines), (self.count, self.count), "Tidegate sees all objects");
            // The first round warms up.
            if round > 0 {
                served.push(serving);
                printed.push(printing);
            }
            for (peer, times) in self.peers.iter_mut().zip(&mut theirs) {
                let (time, lines) = run(&mut peer.command);
                assert_eq!(lines, self.count, "{} sees all objects", peer.name);
                if round > 0 {
                    times.push(time);
                }
            }
        }
        self.told(median(served), median(printed), theirs.into_iter().map(median).collect())
    }

    fn told(&self, served: Duration, printed: Duration, theirs: Vec<Duration>) -> Vec<Row> {
        let fastest = theirs.iter().min().copied().expect("there is a peer");
        let named = self.peers.iter().zip(&theirs).map(|(peer, time)| format!("{}: {}", peer.name, show(*time)));
        let peer = named.collect::<Vec<_>>().join(", ");
        let row = |work: String, ours: Duration| {
            let times = ratio(ours, fastest);
            Row {
                work,
                ours: show(ours),
                peer: peer.clone(),
                ratio: format!("{times:.2} times as long as the fastest"),
                must: "at most 1.3 times",
                held: times <= ENOUGH,
            }
        };
        let count = grouped(self.count);
        vec![
            row(format!("list {count} keys on {}, `GET .../objects`, pages of 1,000", self.store), served),
            row(format!("the same, the process `tidegate object list`, {count} lines"), printed),
        ]
    }
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

fn object_list(tidegate: &Tidegate) -> Command {
    let mut command = tidegate.cli_command();
    command.args(["--project", PROJECT, "--output", "table", "object", "list", "plain"]);
    command
}

/// `rclone` that lists everything in one go, which is its fastest way.
fn rclone(options: &[String], remote: &str) -> Peer {
    let mut command = Command::new(component::rclone());
    command.args(["--config", "/dev/null", "lsf", "-R", "--files-only", "--fast-list"]).args(options).arg(remote);
    Peer { name: "`rclone lsf -R --fast-list`", command }
}

/// A script beside this file.
fn python(name: &'static str, script: &str, arguments: &[&str]) -> Peer {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/product/listing").join(script);
    let mut command = Command::new(component::python());
    command.arg(script).args(arguments);
    Peer { name, command }
}

/// How long it took and how many lines it printed.
fn run(command: &mut Command) -> (Duration, usize) {
    let start = std::time::Instant::now();
    let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("a program can be started");
    let time = start.elapsed();
    assert!(done.status.success(), "{command:?} failed");
    (time, done.stdout.iter().filter(|byte| **byte == b'\n').count())
}
