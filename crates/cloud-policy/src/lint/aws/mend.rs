//! What can be put right without asking: everything that takes rights away, and plain mistakes.
//!
//! A Deny is never narrowed, nothing is added that an Allow did not mean to give, and what stands well is
//! left as it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{self, Level, Misnamed};
use super::resources::{Shape, level};
use super::{allows, denies, effects, listing, parts, split};
use crate::lint::mended::{at, set, texts};
use crate::lint::{Report, Rule};
use crate::read::{Document, Node, Patterns, Statement};
use crate::simulate::condition::operator::{Compares, Operator};

/// How many actions a Deny is made of; a policy names a few.
const MAX_DENIED: usize = 50;

/// The document with everything mended, if there was anything to mend.
pub(super) fn mended(document: &Document, report: &Report) -> Option<Node> {
    let mut node = document.node.clone();
    let reach = listing::reach(document);
    let mut sids = Sids::of(document);
    let mut statements = Vec::with_capacity(document.statements.len());
    for statement in &document.statements {
        let original = at(&mut node, &statement.pointer)?.clone();
        let draft = Draft::of(statement, &original);
        let drafts = if allows(statement) {
            allow(statement, draft, document, report, &reach)
        } else {
            vec![if denies(statement) { deny(draft) } else { draft }]
        };
        match drafts.as_slice() {
            [only] if *only == Draft::of(statement, &original) => statements.push(original),
            several => statements.extend(several.iter().map(|draft| draft.node(&mut sids))),
        }
    }
    if let Node::Object(members) = &mut node {
        version(document, members);
        let listed = statements.len() > 1 || document.node.get("Statement").is_some_and(|part| part.items().is_some());
        let statements = if listed { Node::List(statements) } else { statements.pop()? };
        set(members, "Statement", statements);
    }
    (node != document.node || report.pasted).then_some(node)
}

/// Another version reads `${...}` differently, which could take something out of a Deny.
fn version(document: &Document, members: &mut Vec<(String, Node)>) {
    let current = document.version.as_deref() == Some("2012-10-17");
    if current || document.statements.iter().any(|statement| denies(statement) && parts::has_variables(statement)) {
        return;
    }
    let version = Node::Text("2012-10-17".to_owned());
    match members.iter_mut().find(|(name, _)| name == "Version") {
        Some((_, own)) => *own = version,
        None => members.insert(0, ("Version".to_owned(), version)),
    }
}

/// A statement in parts that can be changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    sid: Option<String>,
    /// What the name gets if the statement became several.
    pub(super) suffix: &'static str,
    effect: &'static str,
    /// Whom it is about, and what is named by leaving out, as it stands.
    kept: Vec<(String, Node)>,
    pub(super) actions: Option<Vec<String>>,
    pub(super) resources: Option<Vec<String>>,
    /// Operator, key and values.
    pub(super) conditions: Vec<(String, String, Vec<String>)>,
}

impl Draft {
    fn of(statement: &Statement, node: &Node) -> Self {
        let kept = ["Principal", "NotPrincipal", "NotAction", "NotResource"];
        let kept = node.members().unwrap_or_default().iter().filter(|(name, _)| kept.contains(&name.as_str())).cloned();
        let plain = |patterns: &Option<Patterns>| {
            patterns.as_ref().filter(|patterns| !patterns.negated).map(|patterns| patterns.texts.items.clone())
        };
        let conditions = statement.conditions.iter();
        Self {
            sid: statement.sid.clone(),
            suffix: "",
            effect: statement.effect.map_or("Deny", crate::read::Effect::as_str),
            kept: kept.collect(),
            actions: plain(&statement.actions),
            resources: plain(&statement.resources),
            conditions: conditions
                .map(|own| (own.operator.clone(), own.key.clone(), own.values.items.clone()))
                .collect(),
        }
    }

    /// Puts other operators in the place of these, unless one stands there already for the same key: two
    /// conditions that must both hold would become one.
    fn each_operator(&mut self, other: impl Fn(&str, &str, &[String]) -> Option<String>) {
        for index in 0..self.conditions.len() {
            let Some((operator, key, values)) = self.conditions.get(index) else { return };
            let Some(better) = other(operator, key, values) else { continue };
            let there = self.conditions.iter().any(|(own, of, _)| *own == better && of.eq_ignore_ascii_case(key));
            if let Some((operator, ..)) = self.conditions.get_mut(index).filter(|_| !there) {
                *operator = better;
            }
        }
    }

    /// A part of the statement, under the same conditions.
    pub(super) fn part(&self, suffix: &'static str, actions: Vec<String>, resources: Vec<String>) -> Self {
        Self { suffix, actions: Some(actions), resources: Some(resources), ..self.clone() }
    }

    fn node(&self, sids: &mut Sids) -> Node {
        let mut members = Vec::new();
        if let Some(sid) = &self.sid {
            members.push(("Sid".to_owned(), Node::Text(sids.of_part(sid, self.suffix))));
        }
        members.push(("Effect".to_owned(), Node::Text(self.effect.to_owned())));
        members.extend(self.kept.iter().cloned());
        for (name, list) in [("Action", &self.actions), ("Resource", &self.resources)] {
            if let Some(list) = list {
                members.push((name.to_owned(), texts(list.iter().cloned())));
            }
        }
        let mut conditions: Vec<(String, Node)> = Vec::new();
        for (operator, key, values) in &self.conditions {
            let values = texts(values.iter().cloned());
            match conditions.iter_mut().find(|(own, _)| own == operator) {
                Some((_, Node::Object(keys))) => set(keys, key, values),
                _ => conditions.push((operator.clone(), Node::Object(vec![(key.clone(), values)]))),
            }
        }
        if !conditions.is_empty() {
            members.push(("Condition".to_owned(), Node::Object(conditions)));
        }
        Node::Object(members)
    }
}

/// The names of statements, which must differ, and how often each was asked for.
struct Sids(BTreeMap<String, usize>);

impl Sids {
    fn of(document: &Document) -> Self {
        Self(document.statements.iter().filter_map(|statement| Some((statement.sid.clone()?, 1))).collect())
    }

    fn of_part(&mut self, sid: &str, suffix: &str) -> String {
        if suffix.is_empty() {
            return sid.to_owned();
        }
        let name = format!("{sid}{suffix}");
        let count = self.0.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        if *count == 1 { name } else { format!("{name}{count}") }
    }
}

fn allow(
    statement: &Statement,
    mut draft: Draft,
    document: &Document,
    report: &Report,
    reach: &BTreeMap<&str, listing::Reach<'_>>,
) -> Vec<Draft> {
    if effects::reversed(statement).is_some() {
        draft.effect = "Deny";
        return vec![deny(draft)];
    }
    draft.each_operator(|operator, key, values| tighten(operator, key, values, listing::lists(statement)));
    let before = draft.actions.clone();
    if let Some(actions) = &mut draft.actions {
        renamed(actions);
        narrowed(actions, draft.resources.as_deref().unwrap_or_default());
    }
    let denied = kept_out(statement, &draft, document, report);
    let here = |rule: Rule| {
        let below = format!("{}/", statement.pointer);
        report.findings.iter().any(|finding| {
            finding.id == rule && (finding.pointer.starts_with(&below) || finding.pointer == statement.pointer)
        })
    };
    let levels = [Rule::BucketActionOnObjectArn, Rule::ObjectActionOnBucketArn, Rule::WholeBucketListing];
    let mut drafts = if before != draft.actions || levels.into_iter().any(here) {
        split::by_level(draft, reach)
    } else {
        vec![draft]
    };
    drafts.extend(denied);
    drafts
}

/// A Deny for lack of MFA then also hits requests that lack the key, as is meant.
fn deny(mut draft: Draft) -> Draft {
    draft.each_operator(|operator, key, values| {
        let lacks =
            key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent") && values.iter().all(|value| value == "false");
        (lacks && operator == "Bool").then(|| "BoolIfExists".to_owned())
    });
    draft
}

/// The operator of an Allow that does what this one seems to.
fn tighten(operator: &str, key: &str, values: &[String], lists: bool) -> Option<String> {
    let read = Operator::parse(operator)?;
    let prefix = key.eq_ignore_ascii_case("s3:prefix");
    let required =
        prefix || key.eq_ignore_ascii_case("sts:ExternalId") || key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent");
    let exact = matches!(read.compares, Compares::Text | Compares::TextIgnoringCase) && !read.negated;
    if prefix && lists && exact && values.iter().any(|value| value.contains('*')) {
        return Some("StringLike".to_owned());
    }
    operator.strip_suffix("IfExists").filter(|_| required).map(str::to_owned)
}

/// Calls of the API and misspelt actions become the actions that are meant.
fn renamed(actions: &mut Vec<String>) {
    replace(actions, |action| match catalog::misnamed(action)? {
        Misnamed::Call(meant) => Some(meant.iter().map(|&name| name.to_owned()).collect()),
        Misnamed::Nearly(meant) => Some(vec![meant]),
        Misnamed::NoService | Misnamed::Unknown => None,
    });
}

/// Patterns that hold more than reading and writing objects takes become what it takes of them.
fn narrowed(actions: &mut Vec<String>, resources: &[String]) {
    let shapes: Vec<Shape<'_>> = resources.iter().map(|text| Shape::of(text)).collect();
    let of_s3 = !shapes.is_empty() && shapes.iter().all(|shape| matches!(shape, Shape::Bucket(_) | Shape::Objects(..)));
    if !of_s3 {
        return;
    }
    let fits = |name: &str| match level(&format!("s3:{name}")) {
        Some(Level::Bucket) => shapes.iter().any(|shape| matches!(shape, Shape::Bucket(_))),
        _ => shapes.iter().any(|shape| matches!(shape, Shape::Objects(..))),
    };
    replace(actions, |action| {
        let known = catalog::of_s3(action);
        if !action.contains(['*', '?']) || !known.iter().any(|(name, _)| catalog::is_excess(name)) {
            return None;
        }
        let kept = catalog::NEEDED.iter().filter(|name| known.iter().any(|(own, _)| own == *name) && fits(name));
        let kept: Vec<String> = kept.map(|name| format!("s3:{name}")).collect();
        (!kept.is_empty()).then_some(kept)
    });
}

fn replace(actions: &mut Vec<String>, with: impl Fn(&str) -> Option<Vec<String>>) {
    let mut seen = BTreeSet::new();
    let old: BTreeSet<&String> = actions.iter().collect();
    let mut out: Vec<String> = Vec::with_capacity(actions.len());
    for action in actions.iter() {
        match with(action) {
            // What stands there already stays in its place.
            Some(each) => out.extend(each.into_iter().filter(|name| !old.contains(name))),
            None => out.push(action.clone()),
        }
    }
    out.retain(|name| seen.insert(name.clone()));
    *actions = out;
}

/// The Deny that does what an Allow with a condition was meant to do to the objects.
fn kept_out(statement: &Statement, draft: &Draft, document: &Document, report: &Report) -> Option<Draft> {
    let around = report.findings.iter().any(|finding| {
        finding.id == Rule::AllowDoesNotRestrict && finding.pointer.starts_with(&format!("{}/", statement.pointer))
    });
    let [(operator, key, values)] = draft.conditions.as_slice() else { return None };
    let (operator, values) = opposite(operator, values).filter(|_| around)?;
    let open = document
        .statements
        .iter()
        .filter(|other| allows(other) && effects::restriction(other).is_none() && effects::reversed(other).is_none());
    let open: Vec<&Statement> = open.take(effects::MAX_COMPARED).collect();
    let meant = |action: &&String| {
        level(action) == Some(Level::Object) && !open.iter().any(|other| super::names_action(other, action))
    };
    if draft.actions.as_ref().is_none_or(|actions| actions.len() > MAX_DENIED) {
        return None;
    }
    let actions: Vec<String> = draft.actions.iter().flatten().filter(meant).cloned().collect();
    let objects = |text: &&String| matches!(Shape::of(text), Shape::Objects(..));
    let resources: Vec<String> = draft.resources.iter().flatten().filter(objects).cloned().collect();
    let there = document.statements.iter().filter(|other| denies(other)).any(|other| {
        let same = other
            .conditions
            .iter()
            .any(|own| own.operator == operator && own.key == *key && own.values.items == values);
        let holds = |all: &[String], patterns: &Option<Patterns>| {
            patterns.as_ref().is_some_and(|patterns| all.iter().all(|text| patterns.texts.items.contains(text)))
        };
        same && other.conditions.len() == 1 && holds(&actions, &other.actions) && holds(&resources, &other.resources)
    });
    (!actions.is_empty() && !resources.is_empty() && !there).then(|| Draft {
        suffix: "Deny",
        effect: "Deny",
        actions: Some(actions),
        resources: Some(resources),
        conditions: vec![(operator, key.clone(), values)],
        ..draft.clone()
    })
}

/// The condition that holds whenever this one does not, also if the key is missing.
fn opposite(operator: &str, values: &[String]) -> Option<(String, Vec<String>)> {
    let negated = match operator {
        "IpAddress" => "NotIpAddress",
        "StringEquals" => "StringNotEquals",
        "StringLike" => "StringNotLike",
        "StringEqualsIgnoreCase" => "StringNotEqualsIgnoreCase",
        "Bool" if values == ["true"] => return Some(("BoolIfExists".to_owned(), vec!["false".to_owned()])),
        _ => return None,
    };
    Some((negated.to_owned(), values.to_vec()))
}
