//! What was decided, by which statements, in a sentence.

use std::fmt::Write as _;

use serde::Serialize;

use super::compile::{Rule, Rules};
use crate::read::Effect;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is allowed.
    Allow,
    /// A statement denies it.
    Deny,
    /// Nothing denies it, but not all allow it that must.
    ImplicitDeny,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision<'a> {
    /// What was decided.
    pub decision: Outcome,
    /// The statements that decided it; of an implicit deny none.
    pub statements: Vec<Deciding<'a>>,
    /// Why, in one plain sentence.
    pub reason: String,
}

/// A statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Deciding<'a> {
    /// The file of its policy.
    pub file: &'a str,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    /// Its `Effect`.
    #[serde(serialize_with = "effect")]
    pub effect: Effect,
}

impl Outcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::ImplicitDeny => "implicit_deny",
        }
    }
}

impl<'a> Deciding<'a> {
    pub(super) fn of(policy: &'a Rules, rule: &'a Rule) -> Self {
        Self { file: &policy.file, index: rule.index, sid: rule.sid.as_deref(), effect: rule.effect }
    }

    /// For a sentence.
    pub(super) fn shown(&self) -> String {
        let mut text = format!("statement {}", self.index);
        if let Some(sid) = self.sid {
            // Writing to a string cannot fail.
            let _ = write!(text, " ({sid})");
        }
        let _ = write!(text, " of {}", self.file);
        text
    }
}

/// Names statements and says what they do, in the word for one and the word for several.
pub(super) fn they(statements: &[Deciding<'_>], one: &str, several: &str) -> String {
    format!("{} {}", list(statements), if statements.len() > 1 { several } else { one })
}

/// Names statements in a sentence; of many the first.
fn list(statements: &[Deciding<'_>]) -> String {
    match statements {
        [] => "no statement".to_owned(),
        [one] => one.shown(),
        [one, other] => format!("{} and {}", one.shown(), other.shown()),
        [first, rest @ ..] => format!("{} and {} more", first.shown(), rest.len()),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn effect<S: serde::Serializer>(effect: &Effect, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(effect.as_str())
}
