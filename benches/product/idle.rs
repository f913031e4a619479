//! What a server needs that has nothing to do, and how soon it serves.

use std::fs;
use std::time::{Duration, Instant};

use testkit::Tidegate;
use testkit::tidegate::Setup;

use crate::line::Line;
use crate::measure::{grouped, median, show};
use crate::row::Row;
use crate::world::{EGRESS, PROGRAM, World, urls_body};

const ROUNDS: usize = 7;
const IDLE: Duration = Duration::from_secs(2);
const MOST_MEMORY: usize = 64 * 1024;
const SOON: Duration = Duration::from_millis(500);
const KEYS: usize = 100_000;

pub(crate) async fn rows() -> Vec<Row> {
    let mut world = World::start().await;
    world.tidegate.stop();
    let (mut first, mut again, mut memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let mut fresh = Setup::new(PROGRAM).config(EGRESS).prepare();
        first.push(start(&mut fresh));
        again.push(start(&mut world.tidegate));
        tokio::time::sleep(IDLE).await;
        memory = memory.max(of_process(&fresh, "VmRSS")).max(of_process(&world.tidegate, "VmRSS"));
        fresh.stop();
        world.tidegate.stop();
    }
    world.tidegate.start();
    let mut line = Line::open(&world.tidegate).await;
    line.post_for_lines("datasources/plain/urls", urls_body(KEYS, "GET")).await;
    let peak = of_process(&world.tidegate, "VmHWM");
    let (first, again) = (median(first), median(again));
    vec![
        Row {
            work: "idle server, resident memory".to_owned(),
            ours: mebibytes(memory),
            peer: format!("its peak while it signs {} URLs: {}", grouped(KEYS), mebibytes(peak)),
            ratio: "-".to_owned(),
            must: "at most 64 MiB",
            held: memory <= MOST_MEMORY,
        },
        Row {
            work: "start to `/readyz`".to_owned(),
            ours: show(again),
            peer: format!("the first start, which makes keys and the administrator: {}", show(first)),
            ratio: "-".to_owned(),
            must: "at most 0.5 s, both",
            held: again.max(first) <= SOON,
        },
    ]
}

/// Until `/readyz` answers 200; it is asked every 10 ms.
fn start(tidegate: &mut Tidegate) -> Duration {
    let start = Instant::now();
    tidegate.start();
    start.elapsed()
}

/// A figure of `/proc/PID/status`, in KiB.
fn of_process(tidegate: &Tidegate, name: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", tidegate.pid())).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the system tells of memory");
    let number = line.split_whitespace().nth(1).expect("there is a number");
    number.parse().unwrap_or_else(|why| panic!("{name} is no number: {why}"))
}

fn mebibytes(kibibytes: usize) -> String {
    format!("{} MiB", kibibytes.div_ceil(1024))
}
