//! The clouds' own Python clients, each in a process that waits for work, so that its start is not counted.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Python with the clients.
const PYTHON: &str = "TIDEGATE_TEST_PYTHON";

/// A running script.
pub(crate) struct Python {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a script and gives it its first line; nothing where there is no Python.
    pub(crate) fn start(script: &str, first: &str) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(python) = std::env::var_os(PYTHON).filter(|path| !path.is_empty()) else {
            eprintln!("{PYTHON} is not set: the rows beside the Python client are left out");
            return Ok(None);
        };
        let mut process =
            Command::new(python).args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut ask = process.stdin.take().ok_or("Python has no input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("Python has no output")?);
        writeln!(ask, "{first}")?;
        Ok(Some(Self { process, ask, answers }))
    }

    /// How long it takes to sign so many.
    pub(crate) fn sign(&mut self, count: usize) -> Result<Duration, Box<dyn Error>> {
        writeln!(self.ask, "{count}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Duration::from_secs_f64(answer.trim().parse()?))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
