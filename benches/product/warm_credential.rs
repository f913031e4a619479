//! A credential from a warm session: its grant and audit record wait for the disk, as in production.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::line::Line;
use crate::measure::{grouped, median, show, timed};
use crate::row::Row;
use crate::world::World;

const ROUNDS: usize = 20;
const CALLS: usize = 20;
/// What a credential may take beside waiting for the disk once.
const OWN: Duration = Duration::from_millis(2);
const CALLERS: usize = 32;
const RUNS: usize = 3;
const RUN: Duration = Duration::from_secs(3);
const ENOUGH: f64 = 1_000.0;

pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    vec![alone(&world).await, together(&world).await]
}

async fn alone(world: &World) -> Row {
    let mut line = Line::open(&world.tidegate).await;
    let mut disk = Disk::beside(world);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for _ in 0..CALLS {
            let (time, ()) = timed(ask(&mut line)).await;
            let waited = disk.wait();
            // The first round warms up, and opens the session.
            if round > 0 {
                ours.push(time);
                bare.push(waited);
            }
        }
    }
    let (ours, bare) = (median(ours), median(bare));
    Row {
        work: "credential from a warm session, audit durable (`synchronous=FULL`), median".to_owned(),
        ours: show(ours),
        peer: format!("bare `fdatasync`: {}", show(bare)),
        ratio: format!("{} more", show(ours.saturating_sub(bare))),
        must: "at most 2 ms more",
        held: ours <= bare + OWN,
    }
}

async fn together(world: &World) -> Row {
    let mut disk = Disk::beside(world);
    let (mut rates, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        rates.push(run(world).await);
        bare.push(median((0..100).map(|_| disk.wait()).collect()));
    }
    rates.sort_by(f64::total_cmp);
    let rate = rates.get(RUNS / 2).copied().expect("something was measured");
    // One after the other, each with a wait of its own.
    let peer = 1.0 / median(bare).as_secs_f64();
    Row {
        work: format!("the same with {CALLERS} callers (group commit)"),
        ours: format!("{} a second", whole(rate)),
        peer: format!("bare `fdatasync`, one after the other: {} a second", whole(peer)),
        ratio: format!("{:.2}", rate / peer),
        must: "at least 1,000 a second",
        held: rate >= ENOUGH,
    }
}

/// Credentials a second while all callers ask again as soon as they have an answer.
async fn run(world: &World) -> f64 {
    let mut lines = Vec::new();
    for _ in 0..CALLERS {
        let mut line = Line::open(&world.tidegate).await;
        ask(&mut line).await;
        lines.push(line);
    }
    let mut callers = JoinSet::new();
    let start = Instant::now();
    for mut line in lines {
        callers.spawn(async move {
            let mut done = 0_u32;
            while start.elapsed() < RUN {
                ask(&mut line).await;
                done += 1;
            }
            done
        });
    }
    let done: u32 = callers.join_all().await.into_iter().sum();
    f64::from(done) / start.elapsed().as_secs_f64()
}

async fn ask(line: &mut Line) {
    let ask = json!({"access": "read", "ttl_seconds": 3600});
    let answer = line.post("datasources/delegated/credentials", &ask).await;
    assert!(answer.get("credential").is_some_and(Value::is_object), "there is a credential");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is positive and not huge")]
fn whole(rate: f64) -> String {
    grouped(rate.round() as usize)
}

/// A file in the folder of the database whose room is there already: the cheapest wait there is.
struct Disk {
    file: File,
    at: u64,
}

impl Disk {
    const PAGE: [u8; 4_096] = [7; 4_096];
    const PAGES: u64 = 1_024;

    fn beside(world: &World) -> Self {
        let path = world.tidegate.data_dir().join("bare-fdatasync");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = file.expect("the folder of the database can be written");
        for page in 0..Self::PAGES {
            file.write_all_at(&Self::PAGE, page * 4_096).expect("the file can be written");
        }
        file.sync_all().expect("the file can be kept");
        Self { file, at: 0 }
    }

    fn wait(&mut self) -> Duration {
        let start = Instant::now();
        self.file.write_all_at(&Self::PAGE, (self.at % Self::PAGES) * 4_096).expect("the file can be written");
        self.file.sync_data().expect("the file can be kept");
        self.at += 1;
        start.elapsed()
    }
}
