//! Asking the clouds' own clients, in Python.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;
use tidegate_testkit::component;

/// What came of each step.
pub(crate) struct Verdicts(Vec<Value>);

/// Has a script do what is asked.
pub(crate) async fn ask(script: &str, ask: Value) -> Verdicts {
    let file = format!("{}/fixtures/judges/judge_{script}.py", env!("CARGO_MANIFEST_DIR"));
    let asked = tokio::task::spawn_blocking(move || {
        let mut python = Command::new(component::python());
        python.arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut python = python.spawn().expect("Python can be started");
        let mut stdin = python.stdin.take().expect("it was asked for");
        stdin.write_all(ask.to_string().as_bytes()).expect("Python reads what it is asked");
        drop(stdin);
        python.wait_with_output().expect("Python ends")
    });
    let said = asked.await.expect("asking does not panic").stdout;
    Verdicts(serde_json::from_slice(&said).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&said))))
}

impl Verdicts {
    /// What the next step gave, which must have gone well.
    pub(crate) fn ok(&mut self) -> Value {
        let verdict = self.0.remove(0);
        verdict.get("ok").unwrap_or_else(|| panic!("{verdict}")).clone()
    }

    /// What the next step was refused with, as one text.
    pub(crate) fn refused(&mut self) -> String {
        let verdict = self.0.remove(0);
        assert!(verdict.get("ok").is_none(), "{verdict}");
        verdict.to_string()
    }

    /// That the next steps were refused with these words.
    pub(crate) fn refused_with<const N: usize>(&mut self, words: [&str; N]) {
        for word in words {
            let why = self.refused();
            assert!(why.contains(word), "{word} is not in {why}");
        }
    }

    /// That nothing is left.
    pub(crate) fn done(self) {
        assert!(self.0.is_empty(), "{:?}", self.0);
    }
}
