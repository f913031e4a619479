//! Allow and Deny: an Allow that was meant as a Deny, and what is allowed by leaving out.

use std::borrow::Cow;

use super::resources::Shape;
use super::{actions_of, allows, catalog, compiled, resources_of};
use crate::lint::{Kind, Report, Rule};
use crate::read::{Condition, Document, Statement};
use crate::simulate::Context;
use crate::simulate::condition::operator::{Compares, Operator};
use crate::simulate::pattern::Pattern;

/// Keys that say from where, when or with what a request is made.
const RESTRICTS: [&str; 12] = [
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:securetransport",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:requestedregion",
    "aws:currenttime",
];

/// How many statements are compared with each other.
pub(super) const MAX_COMPARED: usize = 50;
/// How many actions and resources of each.
const MAX_NAMED: usize = 20;

pub(super) fn examine(document: &Document, kind: Kind, report: &mut Report) {
    let allowing: Vec<&Statement> = document.statements.iter().filter(|statement| allows(statement)).collect();
    for statement in &allowing {
        left_out(statement, report);
        if let Some(condition) = reversed(statement) {
            let message = format!(
                "the statement allows just those requests for which {} {} holds, which is how a Deny is written: if they are \
                 to be kept out, write \"Effect\": \"Deny\" and allow what is needed in another statement",
                condition.operator, condition.key
            );
            report.error(Rule::AllowReversedCondition, condition.values.pointer.as_str(), message);
        }
    }
    if kind == Kind::AwsTrust {
        return;
    }
    let (restricted, open): (Vec<&Statement>, Vec<&Statement>) =
        allowing.into_iter().partition(|statement| restriction(statement).is_some());
    let open: Vec<Compared<'_>> = open.into_iter().take(MAX_COMPARED).map(Compared::of).collect();
    for statement in restricted.into_iter().take(MAX_COMPARED) {
        restricting(statement, &open, report);
    }
}

fn left_out(statement: &Statement, report: &mut Report) {
    if let Some(actions) = statement.actions.as_ref().filter(|actions| actions.negated) {
        let message = "Allow with NotAction allows every other action of every service, also those of next year: name what is \
                       allowed, or write it as a Deny";
        report.error(Rule::AllowNotAction, actions.texts.pointer.as_str(), message);
    }
    if let Some(resources) = statement.resources.as_ref().filter(|resources| resources.negated) {
        let message = "Allow with NotResource allows every other resource, also those of next year: name what is allowed, or \
                       write it as a Deny";
        report.warn(Rule::AllowNotResource, resources.texts.pointer.as_str(), message);
    }
}

fn operator(condition: &Condition) -> Option<Operator> {
    Operator::parse(&condition.operator)
}

fn restricts(condition: &Condition) -> bool {
    RESTRICTS.contains(&condition.key.to_ascii_lowercase().as_str())
}

/// The condition of an Allow that allows just what a Deny would keep out.
pub(super) fn reversed(statement: &Statement) -> Option<&Condition> {
    let bad = |condition: &&Condition| {
        let key = condition.key.to_ascii_lowercase();
        let no = condition.values.items.iter().all(|value| value.eq_ignore_ascii_case("false"));
        let lacks = matches!(key.as_str(), "aws:securetransport" | "aws:multifactorauthpresent");
        let about =
            restricts(condition) || matches!(key.as_str(), "aws:principalarn" | "aws:sourcearn" | "aws:sourceaccount");
        match operator(condition) {
            Some(operator) if lacks && no && !condition.values.items.is_empty() => {
                let texts = [Compares::Truth, Compares::Text, Compares::TextIgnoringCase, Compares::TextLike];
                texts.contains(&operator.compares) && !operator.negated
            }
            Some(operator) => about && operator.negated,
            None => false,
        }
    };
    // With another condition that says who may, it is an exception of that.
    let narrowed = statement.conditions.iter().any(|condition| {
        restricts(condition)
            && !bad(&condition)
            && operator(condition).is_some_and(|operator| !operator.negated && operator.compares != Compares::Truth)
    });
    statement.conditions.iter().find(bad).filter(|_| !narrowed)
}

/// The condition that says from where, when or with what; none where it allows what a Deny would keep out.
pub(super) fn restriction(statement: &Statement) -> Option<&Condition> {
    if reversed(statement).is_some() {
        return None;
    }
    statement.conditions.iter().find(|condition| restricts(condition))
}

fn restricting(statement: &Statement, open: &[Compared<'_>], report: &mut Report) {
    let Some(condition) = restriction(statement) else { return };
    let (key, at) = (&condition.key, condition.values.pointer.as_str());
    let own = Compared::of(statement);
    let around = open.iter().find_map(|other| Some((other.statement, own.overlap(other)?)));
    if let Some((other, action)) = around {
        let message = format!(
            "the condition on {key} keeps nobody from {action}, which the statement at {} allows without it: an Allow takes \
             nothing away, so what must not be is written as a Deny",
            other.pointer
        );
        return report.warn(Rule::AllowDoesNotRestrict, at, message);
    }
    let message = format!(
        "an Allow with a condition on {key} takes nothing away that another policy allows: if requests from elsewhere must \
         fail, add a Deny with the opposite condition"
    );
    let meant = statement.sid.as_deref().is_some_and(says_deny);
    if meant { report.warn(Rule::AllowIsNoDeny, at, message) } else { report.note(Rule::AllowIsNoDeny, at, message) }
}

/// Whether the name of a statement says that it keeps something out.
fn says_deny(sid: &str) -> bool {
    let sid = sid.to_ascii_lowercase();
    ["deny", "restrict", "block", "enforce", "forbid", "limit", "only", "require"].iter().any(|word| sid.contains(word))
}

/// A text that may have wildcards, read once.
struct Covering<'a> {
    text: Cow<'a, str>,
    pattern: Option<Pattern>,
}

impl<'a> Covering<'a> {
    fn of(text: Cow<'a, str>) -> Self {
        let pattern = text.contains(['*', '?']).then(|| compiled(&text));
        Self { text, pattern }
    }

    fn covers(&self, other: &Self) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches(&other.text, &Context::new()),
            None => self.text == other.text,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

/// A statement whose actions and resources are compared with those of others.
struct Compared<'a> {
    statement: &'a Statement,
    actions: Vec<Covering<'a>>,
    resources: Vec<Covering<'a>>,
}

impl<'a> Compared<'a> {
    fn of(statement: &'a Statement) -> Self {
        let lower = |(_, text): (String, &'a str)| Covering::of(Cow::Owned(text.to_ascii_lowercase()));
        let same = |(_, text): (String, &'a str)| Covering::of(Cow::Borrowed(text));
        Self {
            statement,
            actions: actions_of(statement).take(MAX_NAMED).map(lower).collect(),
            resources: resources_of(statement).take(MAX_NAMED).map(same).collect(),
        }
    }

    /// An action that both allow with a resource that both reach.
    fn overlap(&self, other: &Self) -> Option<String> {
        let shared = other.actions.iter().find(|their| self.actions.iter().any(|our| our.meets(their)))?;
        let shared = &shared.text;
        let written = actions_of(other.statement).find(|(_, text)| text.eq_ignore_ascii_case(shared));
        let written = written.map(|(_, text)| text.to_owned())?;
        // Overlapping ARNs do not count if the action has no effect on them.
        let idle = |text: &str| {
            matches!(
                (super::resources::level(shared), Shape::of(text)),
                (Some(catalog::Level::Bucket), Shape::Objects(..)) | (Some(catalog::Level::Object), Shape::Bucket(_))
            )
        };
        let reached = resources_of(other.statement).any(|(_, text)| !idle(text));
        let meet = || self.resources.iter().any(|our| other.resources.iter().any(|their| our.meets(their)));
        (reached && meet()).then_some(written)
    }
}
