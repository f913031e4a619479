//! What was found.

use serde::Serialize;

use super::{Mended, Rule};
use crate::read::{Fault, FaultKind};

/// How many findings are told; the rest is left out.
const MAX_FINDINGS: usize = 300;

/// What was found, and the policy with what can be mended.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was found: errors first, then by where it stands.
    pub findings: Vec<Finding>,
    /// The policy with everything mended that can be; none if there is nothing to mend.
    pub mended: Option<Mended>,
    /// Whether the text itself had to be mended before it could be read.
    #[serde(skip)]
    pub(super) pasted: bool,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule found it; its word never changes.
    pub id: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What, why, and what mends it, in a sentence.
    pub message: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It does not do what it says, or opens what nobody means to open.
    Error,
    /// It opens more than it seems to, or more than is needed.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Report {
    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether a rule found something.
    pub(super) fn found(&self, rule: Rule) -> bool {
        self.findings.iter().any(|finding| finding.id == rule)
    }

    pub(super) fn add(&mut self, severity: Severity, id: Rule, pointer: impl Into<String>, message: impl Into<String>) {
        let finding = Finding { id, severity, pointer: pointer.into(), message: message.into() };
        if self.findings.len() < MAX_FINDINGS && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn error(&mut self, id: Rule, pointer: impl Into<String>, message: impl Into<String>) {
        self.add(Severity::Error, id, pointer, message);
    }

    pub(super) fn warn(&mut self, id: Rule, pointer: impl Into<String>, message: impl Into<String>) {
        self.add(Severity::Warning, id, pointer, message);
    }

    pub(super) fn note(&mut self, id: Rule, pointer: impl Into<String>, message: impl Into<String>) {
        self.add(Severity::Note, id, pointer, message);
    }

    /// What the reader of documents found wrong.
    pub(super) fn fault(&mut self, fault: &Fault) {
        let rule = match fault.kind {
            FaultKind::Syntax => Rule::NotJson,
            FaultKind::TooLarge => Rule::TooLarge,
            FaultKind::DuplicateKey => Rule::DuplicateKey,
            FaultKind::WrongType => Rule::WrongType,
            FaultKind::Missing => Rule::MissingPart,
            FaultKind::UnknownField => Rule::UnknownField,
            FaultKind::Conflict => Rule::ConflictingParts,
            FaultKind::Value => Rule::UnknownValue,
        };
        self.error(rule, fault.pointer.clone(), fault.message.clone());
    }

    pub(super) fn sort(&mut self) {
        self.findings.sort_by(|a, b| (a.severity, place(&a.pointer)).cmp(&(b.severity, place(&b.pointer))));
    }
}

/// A pointer in the order of the document, where item 10 comes after item 9.
fn place(pointer: &str) -> Vec<(usize, &str)> {
    let step = |step| str::parse(step).map_or((usize::MAX, step), |index| (index, ""));
    pointer.split('/').map(step).collect()
}
