//! The whole process `tidegate credential issue`, as a tool runs it through `credential_process`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::component;

use crate::measure::{median, ratio, show};
use crate::row::Row;
use crate::world::{PROJECT, World};

const ROUNDS: usize = 20;
const ENOUGH: Duration = Duration::from_millis(30);

pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let mut issue = world.tidegate.cli_command();
        issue.args(["--project", PROJECT, "credential", "issue", "delegated", "--format", "aws-process"]);
        let (time, peer) = (run(issue), run(aws_version()));
        // The first round warms up, and opens the session.
        if round > 0 {
            ours.push(time);
            theirs.push(peer);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    vec![Row {
        work: "the whole process `tidegate credential issue`, median of 20".to_owned(),
        ours: show(ours),
        peer: format!("`aws --version`: {}", show(theirs)),
        ratio: format!("{:.0} times as fast", ratio(theirs, ours)),
        must: "at most 30 ms",
        held: ours <= ENOUGH,
    }]
}

fn aws_version() -> Command {
    let mut command = Command::new(component::aws_cli());
    command.arg("--version");
    command
}

fn run(mut command: Command) -> Duration {
    let start = Instant::now();
    let done = command.stdin(Stdio::null()).output().expect("a program can be started");
    let time = start.elapsed();
    assert!(done.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
    time
}
