//! Waiting for a page, and saying what it showed instead.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{Browser, Refused};
use crate::process::wait_for;

/// How much of a page a failure shows.
const EXCERPT: usize = 1_200;

impl Browser {
    /// Asks until there is an answer; what was missing last is part of the failure.
    #[track_caller]
    pub(super) fn until<T>(&self, expected: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
        let missing = RefCell::new(String::new());
        let answer = wait_for(self.patience, || ask().map_err(|why| missing.replace(why)).ok());
        match answer {
            Some(answer) => answer,
            None => self.fail(expected, &missing.borrow()),
        }
    }

    /// The same for commands: what only the page's movement refused is tried again.
    #[track_caller]
    pub(super) fn until_done<T>(&self, expected: &str, mut act: impl FnMut() -> Result<T, Refused>) -> T {
        let done = self.until(expected, || match act() {
            Err(why) if why.is_passing() => Err(why.to_string()),
            done => Ok(done),
        });
        match done {
            Ok(done) => done,
            Err(why) => self.fail(expected, &why.to_string()),
        }
    }

    /// What a command gave; that it was refused fails the test.
    #[track_caller]
    pub(super) fn must<T>(&self, what: &str, done: Result<T, Refused>) -> T {
        match done {
            Ok(done) => done,
            Err(why) => panic!("{what} failed: {why}\n{}", self.situation()),
        }
    }

    /// Fails the test and shows where the browser is.
    #[track_caller]
    pub(super) fn fail(&self, expected: &str, why: &str) -> ! {
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        panic!("the page never had {expected}{why}\n{}", self.situation())
    }

    /// Address, title and the beginning of what is to be read.
    pub(super) fn situation(&self) -> String {
        let script = "return [location.href, document.title, document.body ? document.body.innerText : '']";
        let found = self.session.run(script, &[]).unwrap_or_else(|why| json!([why.to_string()]));
        let part = |at: usize| found.get(at).and_then(Value::as_str).unwrap_or_default();
        let lines: Vec<_> = part(2).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let text: String = lines.join("\n  ").chars().take(EXCERPT).collect();
        format!("at {} ({})\n  {text}", part(0), part(1))
    }
}
