//! What is known of the terminal, and how people are asked.

use std::io::{self, IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use super::failure::Failure;
use crate::config::Environment;

/// The form of what goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// The HTTP body, unchanged.
    Json,
}

/// The terminal of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    asked: Option<Output>,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    colour: bool,
}

impl Terminal {
    /// Looks at the standard streams once.
    pub(crate) fn new(asked: Option<Output>, env: &Environment) -> Self {
        let stdout = io::stdout().is_terminal();
        let plain = env.get("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            asked,
            stdin: io::stdin().is_terminal(),
            stdout,
            stderr: io::stderr().is_terminal(),
            colour: stdout && !plain,
        }
    }

    /// Whether standard output takes JSON: because it was asked for, or because nobody looks.
    pub(crate) fn json(self) -> bool {
        self.asked.map_or(!self.stdout, |output| output == Output::Json)
    }

    /// Whether JSON was asked for in so many words.
    pub(crate) fn json_was_asked(self) -> bool {
        self.asked == Some(Output::Json)
    }

    /// Whether lines may be coloured.
    pub(crate) fn colour(self) -> bool {
        self.colour
    }

    /// Whether somebody watches the table grow.
    pub(crate) fn live(self) -> bool {
        self.stdout && !self.json()
    }

    /// Whether progress may be drawn on standard error.
    pub(crate) fn progress(self) -> bool {
        self.stderr
    }

    /// Whether somebody can answer.
    pub(crate) fn may_ask(self) -> bool {
        self.stdin && self.stderr
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// A usage error if nobody can answer.
    pub(crate) fn ask(self, question: &str, instead: &str) -> Result<String, Failure> {
        if !self.may_ask() {
            return Err(Failure::usage(format!("nobody can be asked for {question}"), instead));
        }
        let mut stderr = io::stderr().lock();
        write!(stderr, "{question}: ")?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Asks for a secret without echo.
    ///
    /// # Errors
    /// A usage error if nobody can answer.
    pub(crate) fn ask_secret(self, question: &str, instead: &str) -> Result<Zeroizing<String>, Failure> {
        if !self.may_ask() {
            return Err(Failure::usage(format!("nobody can be asked for {question}"), instead));
        }
        let answer = rpassword::prompt_password(format!("{question}: ")).map(Zeroizing::new);
        answer.map_err(|error| Failure::usage(format!("cannot read {question}: {error}"), instead))
    }

    /// Asks before something is destroyed.
    ///
    /// # Errors
    /// A usage error if nobody can answer; a failure if the answer is no.
    pub(crate) fn confirm(self, question: &str, yes: bool) -> Result<(), Failure> {
        self.can_confirm(question, yes)?;
        if yes {
            return Ok(());
        }
        let answer = self.ask(&format!("{question} [y/N]"), "add --yes to do it without being asked")?;
        if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            Ok(())
        } else {
            Err(Failure::local("declined", "nothing was changed"))
        }
    }

    /// Refuses early what nobody could confirm later.
    ///
    /// # Errors
    /// A usage error if nobody can answer.
    pub(crate) fn can_confirm(self, question: &str, yes: bool) -> Result<(), Failure> {
        if yes || self.may_ask() {
            return Ok(());
        }
        Err(Failure::usage(
            format!("this asks first, and nobody can answer: {question}"),
            "add --yes to do it without being asked",
        ))
    }
}

/// `--yes` of what destroys.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Yes {
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
}
