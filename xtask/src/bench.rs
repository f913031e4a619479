//! The benchmarks, each beside its peer in the same run, and the table of what they found.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::components::{self, Component, Places};
use crate::shell::{Outcome, cargo, run, timed};

/// Signing and deciding in-process, and the whole program.
const BENCHES: [&str; 12] = [
    "-p",
    "tidegate-signing",
    "-p",
    "tidegate-cloud-policy",
    "-p",
    "tidegate",
    "--bench",
    "presign",
    "--bench",
    "simulate",
    "--bench",
    "product",
];

/// A thousand callers at once have more files open than many shells allow.
const MANY_FILES: &str = "ulimit -S -n 8192 2>/dev/null; exec \"$@\"";

/// What the program is measured on: the stores of objects and of rows, and the browser of its console.
const NEEDED: [Component; 3] = [Component::Seaweed, Component::Postgres, Component::Chromedriver];

/// Builds first: nothing may compile while something is measured.
pub(crate) fn bench(root: &Path, names: &[String]) -> Outcome {
    let places = Places::of(root)?;
    let _only_one = components::lock(&places)?;
    let ran_before = components::running(&places);
    let outcome =
        timed("building the benchmarks", || run(cargo(root).args(["bench", "--locked", "--no-run"]).args(BENCHES)))
            .and_then(|()| components::up(&places, &NEEDED))
            .and_then(|()| timed("running the benchmarks", || measure(root, &places, names)));
    let ours: Vec<_> = NEEDED.into_iter().filter(|component| !ran_before.contains(component)).collect();
    components::down(&places, &ours)?;
    println!("\n{}", outcome?.table());
    Ok(())
}

fn measure(root: &Path, places: &Places, names: &[String]) -> Outcome<Found> {
    let mut command = Command::new("sh");
    command.current_dir(root).args(["-c", MANY_FILES, "sh", "cargo", "bench", "--quiet", "--locked"]).args(BENCHES);
    command.arg("--").args(names).stdout(Stdio::piped()).envs(components::environment(places));
    let mut child = command.spawn().map_err(|why| format!("cannot start cargo: {why}"))?;
    let mut found = Found::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            found.add(&line.map_err(|why| format!("cannot read what the benchmarks say: {why}"))?);
        }
    }
    let status = child.wait().map_err(|why| format!("cannot wait for cargo: {why}"))?;
    if status.success() { Ok(found) } else { Err(format!("a benchmark broke off ({status})")) }
}

/// All rows so far.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    /// What is signed in-process, and what that reached; both come before the peers.
    signing: (String, String),
}

/// Work, ours, peer, ratio, what must be reached, and whether it was.
type Row = [String; 6];

impl Found {
    /// Takes in a line of a benchmark; what is no figure is passed on.
    fn add(&mut self, line: &str) {
        if let Some(work) = line.strip_prefix("work ") {
            self.signing.0 = work.to_owned();
            return;
        }
        if let Some(ours) = line.strip_prefix("tidegate ") {
            self.signing.1 = ours.trim().to_owned();
            return;
        }
        match product(line).or_else(|| self.signing(line)) {
            Some(row) => {
                eprintln!("{}", shown(&row));
                self.rows.push(row);
            }
            None => println!("{line}"),
        }
    }

    /// Reads `rusty-s3  113079 /s   ratio 7.98 (at least 4)`.
    fn signing(&self, line: &str) -> Option<Row> {
        let (peer, verdict) = line.split_once(" ratio ")?;
        let (ratio, least) = verdict.trim().strip_suffix(')')?.split_once(" (at least ")?;
        let held = ratio.parse::<f64>().ok()? >= least.parse::<f64>().ok()?;
        let (work, ours) = self.signing.clone();
        let peer = peer.split_whitespace().collect::<Vec<_>>().join(" ");
        Some([work, ours, peer, ratio.to_owned(), format!("at least {least}"), verdict_of(held)])
    }

    /// As it stands in `docs/performance.md`.
    fn table(&self) -> String {
        let head = ["work", "Tidegate", "peer", "ratio", "must reach", ""].map(str::to_owned);
        let rule = ["---"; 6].map(str::to_owned);
        let lines: Vec<_> = [&head, &rule].into_iter().chain(&self.rows).map(shown).collect();
        let held = self.rows.iter().filter(|row| row.last() == Some(&verdict_of(true))).count();
        format!("{}\n\n{held} of {} held", lines.join("\n"), self.rows.len())
    }
}

/// Reads a row that is JSON.
fn product(line: &str) -> Option<Row> {
    let row: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| row.get(name)?.as_str().map(str::to_owned);
    let held = row.get("held")?.as_bool()?;
    Some([text("work")?, text("ours")?, text("peer")?, text("ratio")?, text("must")?, verdict_of(held)])
}

fn verdict_of(held: bool) -> String {
    if held { "held" } else { "missed" }.to_owned()
}

fn shown(row: &Row) -> String {
    format!("| {} |", row.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_rows_and_other_lines_do_not() {
        let mut found = Found::default();
        found.add("bench: something");
        found.add("work presigned GET, in-process, one core");
        found.add("tidegate             902208 URLs/s");
        found.add("rusty-s3             113079 /s   ratio 7.98 (at least 4)");
        found.add("SHA-256+HMAC         955518 /s        ratio 0.44 (at least 0.5)");
        found.add(r#"{"work":"w","ours":"1 s","peer":"p: 2 s","ratio":"2.0","must":"at least 1","held":true}"#);
        let table = found.table();
        let rows: Vec<_> = table.lines().skip(2).collect();
        let work = "presigned GET, in-process, one core | 902208 URLs/s";
        assert_eq!(rows[0], format!("| {work} | rusty-s3 113079 /s | 7.98 | at least 4 | held |"));
        assert_eq!(rows[1], format!("| {work} | SHA-256+HMAC 955518 /s | 0.44 | at least 0.5 | missed |"));
        assert_eq!(rows[2], "| w | 1 s | p: 2 s | 2.0 | at least 1 | held |");
        assert_eq!(rows.last(), Some(&"2 of 3 held"));
    }
}
