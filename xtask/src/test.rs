//! The whole suite against the real components.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use crate::components::{self, Component, Places};
use crate::shell::{Outcome, cargo, run, timed};

/// Components start while the tests are being built: the slowest takes as long as a small build.
pub(crate) fn test(root: &Path, filter: &[String], keep: bool) -> Outcome {
    let places = Places::of(root)?;
    let _only_one = components::lock(&places)?;
    let ran_before = components::running(&places);
    let outcome = thread::scope(|scope| {
        let starting = scope.spawn(|| timed("starting the components", || components::up(&places, &Component::ALL)));
        let built =
            timed("building the tests", || run(cargo(root).args(["test", "--workspace", "--locked", "--no-run"])));
        starting.join().map_err(|_| "starting the components broke off".to_owned())??;
        built?;
        timed("running the tests", || run_tests(root, &places, filter))
    });
    if !keep {
        let ours: Vec<_> = Component::ALL.into_iter().filter(|component| !ran_before.contains(component)).collect();
        timed("stopping the components", || components::down(&places, &ours))?;
    }
    let counts = outcome?;
    println!("tests: {} passed, {} failed, {} ignored", counts.passed, counts.failed, counts.ignored);
    if counts.success { Ok(()) } else { Err("not every test passed".into()) }
}

#[derive(Default, Debug, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
    success: bool,
}

fn run_tests(root: &Path, places: &Places, filter: &[String]) -> Outcome<Counts> {
    let mut command = cargo(root);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast", "--"]).args(filter).stdout(Stdio::piped());
    command.envs(components::environment(places));
    let mut child = command.spawn().map_err(|why| format!("cannot start cargo: {why}"))?;
    let mut counts = Counts::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|why| format!("cannot read what cargo says: {why}"))?;
            counts.add(&line);
            println!("{line}");
        }
    }
    counts.success = child.wait().map_err(|why| format!("cannot wait for cargo: {why}"))?.success();
    Ok(counts)
}

impl Counts {
    /// Takes in `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn add(&mut self, line: &str) {
        let Some(summary) = line.strip_prefix("test result: ") else { return };
        let numbers = summary.split_once(". ").map_or("", |(_, numbers)| numbers);
        for part in numbers.split("; ") {
            let Some((number, what)) = part.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_over_test_binaries() {
        let mut counts = Counts::default();
        counts.add("running 4 tests");
        counts.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        counts
            .add("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s");
        assert_eq!(counts, Counts { passed: 13, failed: 2, ignored: 1, success: false });
    }
}
