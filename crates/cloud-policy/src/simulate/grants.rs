//! What Google Cloud and Azure share: policies only give roles, each under a condition or none.

use super::{Deciding, Decision, Outcome};
use crate::condition::{ConditionError, Truth};
use crate::read::{Effect, Fault, FaultKind, Json, Node};

/// What a grant comes to for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It gives what is asked for.
    Gives,
    /// It is about something else.
    Elsewhere,
    /// It would, but its condition does not hold.
    Refuses,
    /// It may; what that depends on was not told, in words.
    Depends(String),
}

impl Verdict {
    pub(super) fn of(condition: Truth) -> Self {
        match condition {
            Truth::True => Self::Gives,
            Truth::False => Self::Refuses,
            Truth::Unknown => Self::Depends("its condition depends on something that was not told".to_owned()),
        }
    }
}

/// A grant: its file, its place in it, and what it comes to.
pub(super) type Judged<'a> = (&'a str, usize, Verdict);

/// The decision by grants of which one is enough; the noun is what a grant is called.
pub(super) fn decide<'a>(noun: &str, judged: &[Judged<'a>]) -> Decision<'a> {
    let giving = judged.iter().filter(|(_, _, verdict)| *verdict == Verdict::Gives);
    let statements: Vec<_> =
        giving.map(|&(file, index, _)| Deciding { file, index, sid: None, effect: Effect::Allow }).collect();
    match statements.first() {
        Some(first) => {
            let more =
                if statements.len() > 1 { format!(", with {} more,", statements.len() - 1) } else { String::new() };
            let reason = format!("The {noun} {} of {}{more} gives it.", first.index, first.file);
            Decision { decision: Outcome::Allow, statements, reason }
        }
        None => Decision { decision: Outcome::ImplicitDeny, statements, reason: why_not(noun, judged) },
    }
}

fn why_not(noun: &str, judged: &[Judged<'_>]) -> String {
    let closest = judged.iter().find_map(|(file, index, verdict)| match verdict {
        Verdict::Depends(why) => Some(format!("; the {noun} {index} of {file} may, but {why}")),
        _ => None,
    });
    let refusing = judged.iter().find_map(|(file, index, verdict)| {
        (*verdict == Verdict::Refuses)
            .then(|| format!("; the {noun} {index} of {file} would, but its condition does not hold"))
    });
    format!("No {noun} gives it{}.", closest.or(refusing).unwrap_or_default())
}

/// The document of a text, or none if it is a condition by itself.
pub(super) fn document(text: &str) -> Result<Option<Node>, Fault> {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        return Ok(None);
    }
    let json = Json::parse(text)?;
    match json.duplicates.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(Some(json.node)),
    }
}

/// The text in a member that must be one.
pub(super) fn text<'a>(node: &'a Node, name: &str, at: &str) -> Result<&'a str, Fault> {
    let missing = || Fault::new(at, FaultKind::Missing, format!("{name} is missing, or is no text"));
    node.get(name).and_then(Node::text).ok_or_else(missing)
}

/// A condition that cannot be read.
pub(super) fn unreadable(at: &str, error: &ConditionError) -> Fault {
    Fault::new(at, FaultKind::Value, format!("the condition cannot be read: {error}"))
}
