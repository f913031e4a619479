//! What the demo prints: a calm line a step, and what did not hold.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::cli::{Failure, Terminal, clean};

/// Prints steps and remembers how they went.
pub(super) struct Say {
    marks: bool,
    colour: bool,
    held: usize,
    failed: Vec<String>,
}

impl Say {
    /// Marks for a terminal, words for everything else.
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { marks: terminal.live(), colour: terminal.colour(), held: 0, failed: Vec::new() }
    }

    /// A line; if nobody reads any more, the demo runs all the same.
    pub(super) fn line(&self, text: impl Display) {
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// The heading of an act.
    pub(super) fn act(&self, title: &str) {
        self.line(format_args!("\n{title}"));
    }

    /// More on the step before.
    pub(super) fn more(&self, text: impl Display) {
        self.line(format_args!("         {text}"));
    }

    /// The result of a step: what it gave for the next ones, if it held.
    pub(super) fn step<T>(&mut self, what: &str, result: Result<(T, String), Failure>) -> Option<T> {
        match result {
            Ok((value, shown)) => {
                self.held += 1;
                self.line(format_args!("  {} {what}: {}", self.mark(true), clean(&shown)));
                Some(value)
            }
            Err(failure) => {
                self.failed.push(what.to_owned());
                self.line(format_args!("  {} {what}", self.mark(false)));
                failure.render(false).lines().for_each(|line| self.more(line));
                None
            }
        }
    }

    /// A step that must be refused with this code, and at this pointer unless it is empty.
    pub(super) fn refused<T>(&mut self, what: &str, code: &str, pointer: &str, result: Result<T, Failure>) -> bool {
        let must = || match pointer {
            "" => format!("it must be refused with {code}"),
            pointer => format!("it must be refused with {code} at {pointer}"),
        };
        let result = match result {
            Err(failure) if failure.code() == code => match failure.fields().first() {
                _ if pointer.is_empty() => Ok(((), format!("refused, {code}"))),
                Some(field) if field.pointer == pointer => {
                    Ok(((), format!("refused, {code} at {pointer}: {}", field.message)))
                }
                _ => Err(failure.because(must())),
            },
            Err(other) => Err(other.because(must())),
            Ok(_) => Err(Failure::local("not_refused", "this was done").because(must())),
        };
        self.step(what, result).is_some()
    }

    /// The last word, and whether all held.
    pub(super) fn summary(&self) -> bool {
        let tried = self.held + self.failed.len();
        if self.failed.is_empty() {
            self.line(format_args!("\nAll {tried} steps held."));
            return true;
        }
        self.line(format_args!("\n{} of {tried} steps did not hold: {}.", self.failed.len(), self.failed.join("; ")));
        self.line("What depends on them was not tried.");
        false
    }

    fn mark(&self, good: bool) -> &'static str {
        match (self.marks, self.colour, good) {
            (true, true, true) => "\u{1b}[32m✓\u{1b}[0m",
            (true, true, false) => "\u{1b}[31m✗\u{1b}[0m",
            (true, false, true) => "✓",
            (true, false, false) => "✗",
            (false, _, true) => "ok    ",
            (false, _, false) => "FAILED",
        }
    }
}

/// `1000` as people write it.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say() -> Say {
        Say { marks: false, colour: false, held: 0, failed: Vec::new() }
    }

    #[test]
    fn all_steps_hold_only_if_none_failed() {
        let mut say = say();
        assert_eq!(say.step("one", Ok((7, "seven".to_owned()))), Some(7));
        assert!(say.summary());
        assert_eq!(say.step::<()>("two", Err(Failure::local("x", "y"))), None);
        assert!(!say.summary());
    }

    #[test]
    fn only_the_expected_refusal_holds() {
        let mut say = say();
        assert!(say.refused::<()>("a", "not_found", "", Err(Failure::local("not_found", "no"))));
        assert!(!say.refused::<()>("b", "not_found", "", Err(Failure::local("internal", "no"))));
        assert!(!say.refused("c", "not_found", "", Ok(())));
        assert!(!say.refused::<()>("d", "not_found", "/name", Err(Failure::local("not_found", "no"))));
        assert_eq!((say.held, say.failed.len()), (1, 3));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
