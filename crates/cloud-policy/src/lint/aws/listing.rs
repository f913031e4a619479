//! Listing: S3 narrows it by a condition on `s3:prefix` and by nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{self, Level};
use super::resources::Shape;
use super::{actions_of, allows, names_action, resources_of};
use crate::lint::{Report, Rule};
use crate::read::{Condition, Document, Statement};
use crate::simulate::condition::operator::{Compares, Operator};

/// What of a bucket's objects the policy allows something with.
#[derive(Debug, Default)]
pub(super) struct Reach<'a> {
    /// All of them.
    pub(super) whole: bool,
    /// Patterns of keys.
    pub(super) keys: BTreeSet<&'a str>,
}

/// By bucket, what the Allow statements reach of its objects.
pub(super) fn reach(document: &Document) -> BTreeMap<&str, Reach<'_>> {
    let mut all: BTreeMap<&str, Reach<'_>> = BTreeMap::new();
    for statement in document.statements.iter().filter(|statement| allows(statement)) {
        let objects = |action: &str| catalog::of_s3(action).iter().any(|(_, level)| *level == Level::Object);
        if !actions_of(statement).any(|(_, action)| objects(action)) {
            continue;
        }
        for (_, text) in resources_of(statement) {
            if let Shape::Objects(bucket, key) = Shape::of(text) {
                let reach = all.entry(bucket).or_default();
                reach.whole |= key == "*";
                reach.keys.insert(key);
            }
        }
    }
    all
}

/// Whether the statement lists buckets.
pub(super) fn lists(statement: &Statement) -> bool {
    names_action(statement, "s3:ListBucket") || names_action(statement, "s3:ListBucketVersions")
}

pub(super) fn is_prefix(condition: &Condition) -> bool {
    condition.key.eq_ignore_ascii_case("s3:prefix")
}

/// Whether a condition narrows listing to prefixes.
pub(super) fn narrows(statement: &Statement) -> bool {
    // A listing of one level of folders may begin anywhere.
    let one_level =
        |condition: &Condition| condition.key.eq_ignore_ascii_case("s3:delimiter") && super::demands(condition);
    let one_level = statement.conditions.iter().any(one_level);
    let open = |value: &String| value.is_empty() && !one_level || super::is_any(value);
    statement
        .conditions
        .iter()
        .filter(|condition| is_prefix(condition))
        .any(|condition| super::demands(condition) && !condition.values.items.iter().any(open))
}

pub(super) fn examine(document: &Document, report: &mut Report) {
    let reach = reach(document);
    for statement in document.statements.iter().filter(|statement| allows(statement) && lists(statement)) {
        for condition in statement.conditions.iter().filter(|condition| is_prefix(condition)) {
            operator(condition, report);
        }
        if narrows(statement) {
            continue;
        }
        for (at, text) in resources_of(statement) {
            let Shape::Bucket(bucket) = Shape::of(text) else { continue };
            let Some(reach) = reach.get(bucket).filter(|reach| !reach.whole) else { continue };
            let keys: Vec<&str> = reach.keys.iter().copied().take(3).collect();
            let message = format!(
                "the names of all objects of {bucket} can be listed, although objects are narrowed to {}: add the condition \
                 StringLike s3:prefix",
                keys.join(" and ")
            );
            report.warn(Rule::WholeBucketListing, at, message);
        }
    }
}

/// Whether the operator does with a prefix what it seems to.
fn operator(condition: &Condition, report: &mut Report) {
    let Some(operator) = Operator::parse(&condition.operator) else { return };
    let at = condition.values.pointer.as_str();
    let name = &condition.operator;
    if operator.if_exists {
        let message = format!(
            "{name} also lets a listing through that names no prefix, which is one of the whole bucket: write StringLike"
        );
        report.error(Rule::PrefixOperator, at, message);
    } else if operator.negated {
        let message = format!(
            "{name} allows to list everything else, and a listing without a prefix: name what may be listed with StringLike"
        );
        report.error(Rule::PrefixOperator, at, message);
    }
    let exact = matches!(operator.compares, Compares::Text | Compares::TextIgnoringCase);
    for (at, value) in condition.values.located() {
        if exact && !operator.negated && value.contains('*') {
            let message =
                format!("{name} reads the * in {value:?} as a plain character, so no listing fits: write StringLike");
            report.error(Rule::PrefixOperator, at, message);
        } else if !exact && value.len() > 1 && value.ends_with('*') && !value.ends_with("/*") {
            let stem = value.trim_end_matches('*');
            let message = format!(
                "{value:?} also lists what merely begins with {stem:?}: if a folder is meant, write \"{stem}/*\""
            );
            report.warn(Rule::PrefixWithoutSlash, at, message);
        }
    }
}
