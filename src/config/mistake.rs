//! What is wrong with a configuration, and where.
//!
//! Reading never stops at the first mistake: everything found is reported together.

use std::fmt;

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A line of the file.
    Line {
        /// The file as it was named.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// A variable of the environment.
    Variable(String),
    /// Nowhere: a default, or something that is missing.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{file}, line {line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Nowhere => f.write_str("not set"),
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where it is.
    pub(crate) place: Place,
    /// The key, for example `network.allow`; empty if the file could not be parsed there.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) problem: String,
    /// What would be right.
    pub(crate) mend: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.problem, self.mend)
    }
}

/// Everything that is wrong, in the order of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ConfigErrors(pub(crate) Vec<Mistake>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "the configuration has a mistake")?,
            many => writeln!(f, "the configuration has {many} mistakes")?,
        }
        self.0.iter().try_for_each(|mistake| writeln!(f, "  {mistake}"))
    }
}

/// Why a text is not what its key takes. Never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// What is wrong.
    pub(crate) problem: String,
    /// What would be right.
    pub(crate) mend: String,
}

impl Wrong {
    /// What is wrong, and what would be right.
    pub(crate) fn new(problem: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { problem: problem.into(), mend: mend.into() }
    }
}

/// Collects mistakes while reading.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Mistake>);

impl Report {
    /// Notes a mistake.
    pub(super) fn add(&mut self, place: &Place, key: &str, wrong: Wrong) {
        let Wrong { problem, mend } = wrong;
        self.0.push(Mistake { place: place.clone(), key: key.to_owned(), problem, mend });
    }

    /// All of them: first what is in the file by line, then variables by name.
    pub(super) fn into_errors(mut self) -> Option<ConfigErrors> {
        self.0.sort_by_key(|mistake| match &mistake.place {
            Place::Line { line, .. } => (0, *line, String::new()),
            Place::Variable(name) => (1, 0, name.clone()),
            Place::Nowhere => (2, 0, mistake.key.clone()),
        });
        (!self.0.is_empty()).then_some(ConfigErrors(self.0))
    }
}
