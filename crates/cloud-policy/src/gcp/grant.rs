//! The conditions of role bindings, and the parts that boundaries share with them.

use std::collections::{BTreeMap, BTreeSet};

use domain::scope::{Access, Scope};
use serde::Serialize;

use super::boundary::MAX_EXPRESSION;
use super::expression::{Expr, quoted};
use super::{LIST_PREFIX, parse::Condition};
use crate::PolicyError;

/// Reads and lists objects.
pub const OBJECT_VIEWER: &str = "roles/storage.objectViewer";
/// Reads, lists, makes, replaces and removes objects.
pub const OBJECT_USER: &str = "roles/storage.objectUser";

/// Lists all objects of a bucket and shows its settings; reads no object.
pub const BUCKET_READER: &str = "roles/storage.legacyBucketReader";

/// How many of `&&`, `||` and `!` a condition may have (Google's IAM documentation, "Quotas and limits").
pub(crate) const MAX_OPERATORS: usize = 12;

/// The condition of a role binding, as `gcloud --condition` and Terraform take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IamCondition {
    /// A name for people; bindings that differ in it are different bindings.
    pub title: String,
    /// The condition itself.
    pub expression: String,
}

/// A role to give on a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleGrant {
    /// The bucket.
    pub bucket: String,
    /// The role.
    pub role: &'static str,
    /// Under which condition; none for the whole bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<IamCondition>,
}

/// The role bindings on the buckets that give these scopes.
///
/// A scope that writes is also given reading: Google has no role for writing alone that takes a condition on
/// objects, replaces them and does not read the bucket.
///
/// # Errors
/// `NotExpressible` where a literal cannot carry a prefix; `TooLarge` where a prefix is too long.
pub fn role_grants(scopes: &[Scope]) -> Result<Vec<RoleGrant>, PolicyError> {
    let mut grants = Vec::new();
    let written = prefixes(scopes.iter().filter(|scope| scope.access.writes()));
    let mut read = prefixes(scopes.iter().filter(|scope| !scope.access.writes()));
    for (bucket, prefixes) in &mut read {
        let covered = written.get(bucket).cloned().unwrap_or_default();
        prefixes.retain(|prefix| !covered.iter().any(|wide| prefix.starts_with(wide)));
    }
    read.retain(|_, prefixes| !prefixes.is_empty());
    for (role, title, buckets) in [(OBJECT_VIEWER, "tidegate-read", read), (OBJECT_USER, "tidegate-write", written)] {
        for (bucket, prefixes) in buckets {
            let expressions = expressions(Half::Read, bucket, &prefixes)?;
            let several = expressions.len() > 1;
            for (number, expression) in (1..).zip(expressions) {
                let title = if several { format!("{title}-{number}") } else { title.to_owned() };
                let condition = expression.map(|expression| IamCondition { title, expression });
                grants.push(RoleGrant { bucket: bucket.to_owned(), role, condition });
            }
        }
    }
    Ok(grants)
}

/// What `gsutil` needs beside these bindings: it looks at buckets (`storage.buckets.get`), and lists by names that
/// do not end in `/` to see whether they are folders, which no condition on a prefix lets through (Google's
/// documentation, "IAM permissions for gsutil commands").
pub fn for_gsutil(grants: &[RoleGrant]) -> Vec<RoleGrant> {
    let buckets: BTreeSet<&str> = grants.iter().map(|grant| grant.bucket.as_str()).collect();
    let whole = |bucket: &str| RoleGrant { bucket: bucket.to_owned(), role: BUCKET_READER, condition: None };
    buckets.into_iter().map(whole).collect()
}

/// The condition that narrows a role on the scope's bucket to its prefix; none for the whole bucket.
///
/// # Errors
/// As [`role_grants`]; also where the prefix is so long that it takes two bindings.
pub fn iam_condition(scope: &Scope) -> Result<Option<IamCondition>, PolicyError> {
    let mut grants = role_grants(std::slice::from_ref(scope))?;
    match (grants.pop(), grants.is_empty()) {
        (Some(grant), true) => Ok(grant.condition),
        _ => Err(PolicyError::not_expressible(format!(
            "the prefix {:?} is too long for one condition, whose limit is {MAX_EXPRESSION} characters: it stands in it twice",
            scope.prefix.as_str()
        ))),
    }
}

/// Reading or writing: each has its own role, so each has its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Read,
    Write,
}

impl Half {
    pub(super) fn asked_by(self, access: Access) -> bool {
        match self {
            Self::Read => access.reads(),
            Self::Write => access.writes(),
        }
    }

    pub(super) fn boundary_role(self) -> &'static str {
        match self {
            Self::Read => OBJECT_VIEWER,
            Self::Write => "roles/storage.legacyBucketWriter",
        }
    }
}

/// The prefixes by bucket, without those that another one covers.
pub(super) fn prefixes<'a>(scopes: impl Iterator<Item = &'a Scope>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for scope in scopes {
        all.entry(scope.bucket.as_str()).or_default().insert(scope.prefix.as_str());
    }
    let widest = |each: BTreeSet<&'a str>| {
        // A prefix sorts before everything that it covers.
        each.into_iter().fold(Vec::<&str>::new(), |mut kept, prefix| {
            if !kept.iter().any(|wide| prefix.starts_with(wide)) {
                kept.push(prefix);
            }
            kept
        })
    };
    all.into_iter().map(|(bucket, each)| (bucket, widest(each))).collect()
}

/// As few expressions as hold all the prefixes; none for reading a whole bucket.
pub(super) fn expressions(half: Half, bucket: &str, prefixes: &[&str]) -> Result<Vec<Option<String>>, PolicyError> {
    if half == Half::Read && prefixes.contains(&"") {
        return Ok(vec![None]);
    }
    let mut out: Vec<(usize, String)> = Vec::new();
    for prefix in prefixes {
        for clause in clauses(half, bucket, prefix)? {
            let length = clause.chars().count();
            if length > MAX_EXPRESSION {
                return Err(PolicyError::TooLarge { length, limit: MAX_EXPRESSION });
            }
            match out.last_mut() {
                Some((clauses, text)) if *clauses <= MAX_OPERATORS && fits(text, length) => {
                    text.push_str(" || ");
                    text.push_str(&clause);
                    *clauses += 1;
                }
                _ => out.push((1, clause)),
            }
        }
    }
    Ok(out.into_iter().map(|(_, text)| Some(text)).collect())
}

fn fits(text: &str, more: usize) -> bool {
    text.chars().count() + " || ".len() + more <= MAX_EXPRESSION
}

/// What allows the objects under a prefix, and for reading what allows to list it.
fn clauses(half: Half, bucket: &str, prefix: &str) -> Result<Vec<String>, PolicyError> {
    if let Some(bad) = prefix.chars().find(|c| c.is_control()) {
        return Err(PolicyError::not_expressible(format!(
            "no condition of Google Cloud is known to carry the character {bad:?} of the prefix {prefix:?}"
        )));
    }
    let objects = quoted(&format!("projects/_/buckets/{bucket}/objects/{prefix}"));
    let mut clauses = vec![format!("resource.name.startsWith({objects})")];
    if half == Half::Read {
        clauses.push(format!("api.getAttribute('{LIST_PREFIX}', '').startsWith({})", quoted(prefix)));
    }
    Ok(clauses)
}

impl Condition {
    /// The prefixes of `resource.name` and of the listing that any of its parts begins with, as written.
    pub(crate) fn starts(&self) -> (Vec<&str>, Vec<&str>) {
        let (mut names, mut listings) = (Vec::new(), Vec::new());
        let mut open = vec![&self.expr];
        while let Some(expr) = open.pop() {
            if let Expr::Call("startsWith", each) = expr
                && let [on, Expr::Text(text)] = each.as_slice()
            {
                match on {
                    Expr::Attribute("resource.name") => names.push(text.as_str()),
                    Expr::ApiAttribute(name, _) if name == LIST_PREFIX => listings.push(text.as_str()),
                    _ => {}
                }
            }
            open.extend(expr.parts());
        }
        (names, listings)
    }
}
