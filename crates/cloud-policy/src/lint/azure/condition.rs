//! Conditions of Azure: whether they cover what they should, and compare what they seem to.

use crate::azure::{
    BLOB_LIST, BLOB_PATH, BLOB_PREFIX, BLOBS, CONTAINER_NAME, Condition, Context, Expr, Literal, Operand, Remark,
    Source, Test,
};
use crate::condition::Truth;
use crate::lint::{Report, Rule};

/// Examines a condition; gives what mends it.
pub(super) fn examine(text: &str, here: &str, role: Option<&str>, report: &mut Report) -> Option<String> {
    let condition = match Condition::parse(text) {
        Ok(condition) => condition,
        Err(error) => {
            report.error(Rule::ConditionInvalid, here, error.to_string());
            return None;
        }
    };
    for remark in &condition.remarks {
        match remark {
            Remark::Ambiguous => {
                let message = "AND and OR meet without parentheses, and which of them comes first is not documented: put parentheses";
                report.error(Rule::ConditionAmbiguous, here, message);
            }
            Remark::SourceCase(source) => {
                let right = source.get(..1).unwrap_or_default().to_ascii_uppercase()
                    + &source.get(1..).unwrap_or_default().to_ascii_lowercase();
                let message = format!("the source of an attribute is documented as @{right}, and this is @{source}");
                report.note(Rule::AttributeSourceCase, here, message);
            }
        }
    }
    let seen = Seen::of(&condition.expr);
    if seen.positive {
        let message = "an action is not negated: the documented form is !(ActionMatches{...}) OR (...), and in this one every action of the \
                       role that is not named is refused";
        report.warn(Rule::ConditionForm, here, message);
    }
    if seen.blobs {
        uncovered(&condition, here, role, report);
        unlisted(&condition, &seen, here, report);
    }
    for (path, starts) in &seen.paths {
        self::path(path, *starts, here, report);
    }
    let slashed = slashed(condition.expr.clone());
    let respelt = condition.remarks.iter().any(|remark| matches!(remark, Remark::SourceCase(_)));
    (!condition.remarks.contains(&Remark::Ambiguous) && (slashed != condition.expr || respelt))
        .then(|| slashed.to_string())
}

/// What of blobs a condition names.
#[derive(Default)]
struct Seen<'a> {
    /// An action that is not negated.
    positive: bool,
    blobs: bool,
    prefix: bool,
    containers: Vec<&'a str>,
    /// Paths and prefixes, and whether they are compared by their beginning.
    paths: Vec<(&'a str, bool)>,
}

impl<'a> Seen<'a> {
    fn of(expr: &'a Expr) -> Self {
        let mut seen = Self::default();
        let mut open = vec![(expr, true)];
        while let Some((expr, positive)) = open.pop() {
            match expr {
                Expr::Action(each) => {
                    seen.positive |= positive;
                    seen.blobs |= each.iter().any(|one| one.to_ascii_lowercase().contains("blobservices"));
                }
                Expr::Compare(left, operator, right) => seen.compared(left, operator.test, right),
                _ => {}
            }
            let below = if matches!(expr, Expr::Not(_)) { !positive } else { positive };
            open.extend(expr.parts().iter().map(|part| (part, below)));
        }
        seen
    }

    fn compared(&mut self, left: &'a Operand, test: Test, right: &'a Operand) {
        let Operand::Attribute(attribute) = left else { return };
        let values = right.literals().iter().map(Literal::text);
        if attribute.is(Source::Resource, CONTAINER_NAME) {
            self.containers.extend(values);
        } else if attribute.is(Source::Resource, BLOB_PATH) || attribute.is(Source::Request, BLOB_PREFIX) {
            self.prefix |= attribute.source == Source::Request;
            let starts =
                |text: &str| test == Test::StringStartsWith || (test == Test::StringLike && text.ends_with('*'));
            self.paths.extend(values.map(|text| (text, starts(text))));
        }
    }
}

fn path(path: &str, starts: bool, here: &str, report: &mut Report) {
    if path.starts_with('/') {
        let message = format!("no path of a blob begins with a /, so {path:?} fits nothing: leave it out");
        report.error(Rule::ConditionNeverHolds, here, message);
    }
    let stem = path.trim_end_matches('*');
    if starts && !stem.is_empty() && !stem.ends_with('/') {
        let message = format!(
            "{path:?} also holds what merely begins with {stem:?}: if a folder is meant, write {stem:?} with a / at its end"
        );
        report.warn(Rule::PrefixWithoutSlash, here, message);
    }
}

/// A place that no condition names.
const ELSEWHERE: &str = "a-place-that-no-condition-names";

fn request(action: &str, list: bool, container: &str, path: &str) -> Context {
    let context = Context::of(format!("{BLOBS}/{action}")).with(Source::Resource, CONTAINER_NAME, container);
    if list {
        context.doing(BLOB_LIST).with(Source::Request, BLOB_PREFIX, path)
    } else {
        context.with(Source::Resource, BLOB_PATH, path)
    }
}

/// Whether an action of the role is allowed everywhere, since the condition does not name it.
fn uncovered(condition: &Condition, here: &str, role: Option<&str>, report: &mut Report) {
    const READING: [(&str, bool); 2] = [("read", false), ("read", true)];
    const WRITING: [(&str, bool); 4] =
        [("write", false), ("add/action", false), ("delete", false), ("move/action", false)];
    const OWNING: [(&str, bool); 4] = [
        ("tags/write", false),
        ("modifyPermissions/action", false),
        ("manageOwnership/action", false),
        ("runAsSuperUser/action", false),
    ];
    let actions: Vec<(&str, bool)> = match role {
        Some("Storage Blob Data Reader") => READING.to_vec(),
        Some("Storage Blob Data Owner") => [&READING[..], &WRITING, &OWNING].concat(),
        _ => [&READING[..], &WRITING].concat(),
    };
    let free =
        |(action, list): &&(&str, bool)| condition.holds(&request(action, *list, ELSEWHERE, ELSEWHERE)) == Truth::True;
    let free: Vec<(&str, bool)> = actions.iter().filter(free).copied().collect();
    if free.is_empty() {
        return;
    }
    let names: Vec<String> = free
        .iter()
        .map(
            |(action, list)| if *list { "listing (read with Blob.List)".to_owned() } else { format!("blobs/{action}") },
        )
        .collect();
    let twin =
        |one: &str, other: &str| free.iter().any(|(own, _)| *own == one) && !free.iter().any(|(own, _)| *own == other);
    let message = format!(
        "the condition does not name {}, so whatever the role has of it is allowed in every container: add each as !(ActionMatches{{...}})",
        names.join(", ")
    );
    // Either of the two is enough to make a blob.
    if role.is_some_and(|role| role.starts_with("Storage Blob Data"))
        || twin("add/action", "write")
        || twin("write", "add/action")
    {
        report.error(Rule::ConditionUncovered, here, message);
    } else {
        report.warn(Rule::ConditionUncovered, here, message);
    }
}

/// Whether blobs may be read by their path and not be listed.
fn unlisted(condition: &Condition, seen: &Seen<'_>, here: &str, report: &mut Report) {
    if seen.prefix
        || seen.paths.is_empty()
        || condition.holds(&request("read", true, ELSEWHERE, ELSEWHERE)) == Truth::True
    {
        return;
    }
    // Each pair is a question, and a condition may list thousands of names.
    const MOST: usize = 8;
    let holds = |list: bool| {
        seen.containers.iter().take(MOST).any(|container| {
            seen.paths.iter().take(MOST).any(|(path, _)| {
                condition.holds(&request("read", list, container, path.trim_end_matches('*'))) == Truth::True
            })
        })
    };
    if holds(false) && !holds(true) {
        let message = "blobs can be read and not be listed: a listing has no path, so it takes a part of its own with \
                       SubOperationMatches{'Blob.List'} and the prefix of the request";
        report.warn(Rule::ListPrefixMissing, here, message);
    }
}

/// The expression with paths of folders that end where they should.
fn slashed(expr: Expr) -> Expr {
    match expr {
        Expr::Not(inner) => Expr::Not(inner),
        Expr::All(each) => Expr::All(each.into_iter().map(slashed).collect()),
        Expr::Any(each) => Expr::Any(each.into_iter().map(slashed).collect()),
        Expr::Compare(Operand::Attribute(attribute), operator, Operand::Value(Literal::Text(text)))
            if operator.test == Test::StringStartsWith
                && !operator.negated
                && (attribute.is(Source::Resource, BLOB_PATH) || attribute.is(Source::Request, BLOB_PREFIX))
                && !text.is_empty()
                && !text.ends_with('/') =>
        {
            Expr::Compare(Operand::Attribute(attribute), operator, Operand::Value(Literal::Text(format!("{text}/"))))
        }
        other => other,
    }
}
