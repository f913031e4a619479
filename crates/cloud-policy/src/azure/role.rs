//! The condition that narrows a role assignment to scopes.

use std::collections::{BTreeMap, BTreeSet};

use domain::scope::Scope;

use super::{BLOB_LIST, BLOB_PATH, BLOB_PREFIX, BLOBS, CONTAINER_NAME};
use crate::PolicyError;

/// Reads and lists blobs.
pub const DATA_READER: &str = "Storage Blob Data Reader";
/// Reads, lists, makes, replaces and removes blobs.
pub const DATA_CONTRIBUTOR: &str = "Storage Blob Data Contributor";

/// The longest condition that is made: Azure documents no limit, and a command line has one.
const MAX_CONDITION: usize = 8 * 1024;

/// What Storage Blob Data Contributor may do to a blob beside reading it ("Azure built-in roles for Storage").
const WRITING: [&str; 4] = ["write", "add/action", "delete", "move/action"];

/// The condition under which a role on the account or container gives these scopes and nothing else of blobs.
///
/// Each of reading, listing and writing has its own part, and each part is there even if no scope asks for it:
/// an action that a condition does not name is allowed everywhere.
///
/// # Errors
/// `NotExpressible` if there is no scope, or a literal is not documented to carry a prefix; `TooLarge` if it
/// becomes longer than what is made.
pub fn role_condition(scopes: &[Scope]) -> Result<String, PolicyError> {
    if scopes.is_empty() {
        return Err(PolicyError::not_expressible("name at least one container: the condition would allow nothing"));
    }
    let read = places(scopes.iter().filter(|scope| scope.access.reads()));
    let written = places(scopes.iter().filter(|scope| scope.access.writes()));
    let reading = format!("ActionMatches{{'{BLOBS}/read'}} AND");
    let writes: Vec<String> = WRITING.iter().map(|action| format!("ActionMatches{{'{BLOBS}/{action}'}}")).collect();
    let parts = [
        part(
            &[format!("{reading} NOT SubOperationMatches{{'{BLOB_LIST}'}}")],
            &read,
            &format!("@Resource[{BLOB_PATH}]"),
        )?,
        part(&[format!("{reading} SubOperationMatches{{'{BLOB_LIST}'}}")], &read, &format!("@Request[{BLOB_PREFIX}]"))?,
        part(&writes, &written, &format!("@Resource[{BLOB_PATH}]"))?,
    ];
    let condition = parts.join(" AND ");
    let length = condition.len();
    if length > MAX_CONDITION {
        return Err(PolicyError::TooLarge { length, limit: MAX_CONDITION });
    }
    Ok(condition)
}

/// The containers with their prefixes, without those that another one covers.
fn places<'a>(scopes: impl Iterator<Item = &'a Scope>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for scope in scopes {
        let prefixes = all.entry(scope.bucket.as_str()).or_default();
        let prefix = scope.prefix.as_str();
        if !prefixes.iter().any(|wide| prefix.starts_with(wide)) {
            prefixes.retain(|narrow| !narrow.starts_with(prefix));
            prefixes.insert(prefix);
        }
    }
    all
}

/// These actions only in these places.
fn part(actions: &[String], places: &BTreeMap<&str, BTreeSet<&str>>, attribute: &str) -> Result<String, PolicyError> {
    let actions: Vec<String> = actions.iter().map(|action| format!("!({action})")).collect();
    let mut expressions = Vec::new();
    for (container, prefixes) in places {
        let container = format!("@Resource[{CONTAINER_NAME}] StringEquals {}", literal(container)?);
        for prefix in prefixes {
            expressions.push(match *prefix {
                "" => format!("({container})"),
                prefix => format!("({container} AND {attribute} StringStartsWith {})", literal(prefix)?),
            });
        }
    }
    let actions = format!("({})", actions.join(" AND "));
    Ok(match expressions.as_slice() {
        [] => format!("({actions})"),
        [only] => format!("({actions} OR {only})"),
        several => format!("({actions} OR ({}))", several.join(" OR ")),
    })
}

/// A literal: neither an apostrophe nor, outside `StringLike`, a backslash is documented.
fn literal(text: &str) -> Result<String, PolicyError> {
    match text.chars().find(|c| matches!(c, '\'' | '\\') || c.is_control()) {
        None => Ok(format!("'{text}'")),
        Some(bad) => Err(PolicyError::not_expressible(format!(
            "how a condition of Azure carries the character {bad:?} of {text:?} is not documented, so it would be a guess \
             what it opens"
        ))),
    }
}
