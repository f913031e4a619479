//! Policies of AWS's form.
//!
//! A file a subject; `mend` puts right what can be put right.

mod actions;
mod catalog;
mod conditions;
mod effects;
mod listing;
mod mend;
mod parts;
mod principals;
mod resources;
mod split;
mod trust;

use super::{Kind, Mended, Report, Severity};
use crate::read::{Condition, Document, Effect, Json, Node, Patterns, Statement};
use crate::simulate::Context;
use crate::simulate::condition::operator::{Compares, Operator, Over};
use crate::simulate::pattern::{Pattern, Reading};

/// How often a mended document is mended again, since what was hidden by one mistake may show another.
const MAX_ROUNDS: usize = 4;

/// Examines a document.
pub(super) fn document(json: Json, kind: Kind, report: &mut Report) {
    let document = match Document::of(json) {
        Ok(document) => document,
        Err(fault) => return report.fault(&fault),
    };
    for fault in &document.faults {
        report.fault(fault);
    }
    examine(&document, kind, report);
    if document.faults.is_empty() {
        report.mended = mend::mended(&document, report).map(|node| Mended::Document(again(node, kind)));
        if report.mended.is_some() {
            say_repairs(&document, report);
        }
    }
}

/// Says where the mended text allows what the original refused by mistake.
fn say_repairs(document: &Document, report: &mut Report) {
    let mended: Vec<&str> =
        document.statements.iter().filter(|own| allows(own)).map(|own| own.pointer.as_str()).collect();
    for finding in
        report.findings.iter_mut().filter(|finding| finding.id.repairs() && finding.severity == Severity::Error)
    {
        let whole = matches!(finding.pointer.as_str(), "" | "/Version");
        let below = |own: &&str| {
            finding.pointer.strip_prefix(*own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if whole || mended.iter().any(below) {
            finding.message.push_str("; the mended text allows what was meant, which this one refuses");
        }
    }
}

fn examine(document: &Document, kind: Kind, report: &mut Report) {
    parts::examine(document, kind, report);
    actions::examine(document, kind, report);
    resources::examine(document, kind, report);
    listing::examine(document, report);
    conditions::examine(document, report);
    effects::examine(document, kind, report);
    principals::examine(document, kind, report);
    if kind == Kind::AwsTrust {
        trust::examine(document, report);
    }
}

fn again(mut node: Node, kind: Kind) -> Node {
    for _ in 0..MAX_ROUNDS {
        let Ok(document) = Document::of(Json { node: node.clone(), duplicates: Vec::new() }) else { return node };
        let mut report = Report::default();
        examine(&document, kind, &mut report);
        match mend::mended(&document, &report) {
            Some(better) => node = better,
            None => return node,
        }
    }
    node
}

/// Whether a pattern with wildcards covers a text; both as they are, letter for letter.
fn covers(pattern: &str, text: &str) -> bool {
    if pattern.contains(['*', '?']) { compiled(pattern).matches(text, &Context::new()) } else { pattern == text }
}

/// Whether a condition refuses whatever has not one of its values, also what has none at all.
fn demands(condition: &Condition) -> bool {
    Operator::parse(&condition.operator)
        .is_some_and(|o| !o.negated && !o.if_exists && o.compares != Compares::Absence && o.over != Over::All)
}

/// Whether a pattern leaves nothing out: `*` in any way of writing it.
fn is_any(pattern: &str) -> bool {
    pattern.contains('*') && pattern.chars().all(|c| matches!(c, '*' | '?'))
}

/// Whether an ARN, or what stands for one, names every resource of every service.
fn is_everything(resource: &str) -> bool {
    let fields = resource.strip_prefix("arn:").map(|fields| fields.splitn(5, ':').skip(1));
    is_any(resource) || fields.is_some_and(|mut fields| fields.all(|field| field.is_empty() || is_any(field)))
}

/// Whether an ARN names everything of a kind that a service has: `arn:aws:kms:*:*:key/*`.
fn is_every(service: &str, kind: &str, resource: &str) -> bool {
    let mut fields = resource.splitn(6, ':').skip(2);
    let of_service = fields.next().is_some_and(|own| covers(own, service));
    let named = fields.nth(2).and_then(|name| name.split_once('/').or_else(|| is_any(name).then_some((name, "*"))));
    of_service && named.is_some_and(|(own, name)| covers(own, kind) && is_any(name))
}

fn compiled(pattern: &str) -> Pattern {
    Pattern::compile(pattern, Reading { wildcards: true, variables: false })
}

fn allows(statement: &Statement) -> bool {
    statement.effect == Some(Effect::Allow)
}

fn denies(statement: &Statement) -> bool {
    statement.effect == Some(Effect::Deny)
}

/// The texts that are named, each with where it stands; none where everything else is meant.
fn named(patterns: Option<&Patterns>) -> impl Iterator<Item = (String, &str)> {
    patterns.filter(|patterns| !patterns.negated).into_iter().flat_map(|patterns| patterns.texts.located())
}

fn actions_of(statement: &Statement) -> impl Iterator<Item = (String, &str)> {
    named(statement.actions.as_ref())
}

fn resources_of(statement: &Statement) -> impl Iterator<Item = (String, &str)> {
    named(statement.resources.as_ref())
}

/// Whether the statement names an action that covers this one.
fn names_action(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    actions_of(statement).any(|(_, pattern)| covers(&pattern.to_ascii_lowercase(), &action))
}
