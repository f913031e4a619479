//! 100,000 URLs over HTTP beside `boto3`, which makes them in its own process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use testkit::component::{self, WRITER};
use testkit::request::REGION;

use crate::line::Line;
use crate::measure::{grouped, median, ratio, show, timed};
use crate::row::Row;
use crate::world::{World, urls_body};

const KEYS: usize = 100_000;
/// `boto3` takes half a minute for all of them: it signs some, and its time is scaled.
const SAMPLE: usize = 10_000;
const ROUNDS: usize = 7;
const ENOUGH: f64 = 40.0;

/// Both sign with a key pair, path style, without a session token.
pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    let mut boto3 = Boto3::start(&world);
    let mut line = Line::open(&world.tidegate).await;
    let body = urls_body(KEYS, "GET");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (time, counted) = timed(line.post_for_lines("datasources/plain/urls", body.clone())).await;
        assert_eq!(counted.lines, KEYS + 2, "a line a URL, one before and one after");
        let sample = boto3.sign(SAMPLE);
        // The first round warms up.
        if round > 0 {
            ours.push(time);
            theirs.push(sample);
        }
    }
    let scale = u32::try_from(KEYS / SAMPLE).expect("the sample is a part");
    let (ours, theirs) = (median(ours), median(theirs) * scale);
    let times = ratio(theirs, ours);
    vec![Row {
        work: format!("`POST .../urls` with {} keys over HTTP, NDJSON, key pair", grouped(KEYS)),
        ours: show(ours),
        peer: format!("`boto3` in-process: {} ({} signed, times {scale})", show(theirs), grouped(SAMPLE)),
        ratio: format!("{times:.1} times as fast"),
        must: "at least 40 times",
        held: times >= ENOUGH,
    }]
}

/// Python that waits for a number, so that its start is not counted.
struct Boto3 {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Boto3 {
    fn start(world: &World) -> Self {
        let mut process = Command::new(component::python())
            .args(["-c", include_str!("boto3_urls.py"), &world.seaweed, world.bucket.name(), REGION])
            .args([WRITER.access_key_id, WRITER.secret_access_key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let ask = process.stdin.take().expect("it has an input");
        let answers = BufReader::new(process.stdout.take().expect("it has an output"));
        Self { process, ask, answers }
    }

    fn sign(&mut self, count: usize) -> Duration {
        writeln!(self.ask, "{count}").expect("Python listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Python answers");
        Duration::from_secs_f64(answer.trim().parse().expect("Python answers with seconds"))
    }
}

impl Drop for Boto3 {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
