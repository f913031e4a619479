//! The Credential Access Boundary that narrows a token to scopes.

use std::collections::BTreeMap;

use domain::scope::Scope;
use serde_json::{Value, json};

use super::grant::{Half, expressions, prefixes};
use crate::PolicyError;

/// The longest expression of a rule, in characters (Security Token Service API, `AccessBoundaryRule`).
pub const MAX_EXPRESSION: usize = 2048;
/// The most rules of a boundary (Security Token Service API, `AccessBoundary`).
pub const MAX_RULES: usize = 10;

/// The boundary that narrows a token to these scopes: what the `options` of a token exchange hold.
///
/// Reading is `roles/storage.objectViewer`, with `objectListPrefix` for listings. Writing is
/// `roles/storage.legacyBucketWriter`, the only role that makes, replaces and removes objects and does not
/// read them; its right to list and to look at the bucket falls away because objects alone are named.
///
/// # Errors
/// `NotExpressible` if there is no scope, a literal cannot carry a prefix, or more rules would be needed than
/// Google takes; `TooLarge` if a prefix alone is longer than an expression may be.
pub fn access_boundary(scopes: &[Scope]) -> Result<Value, PolicyError> {
    if scopes.is_empty() {
        return Err(PolicyError::not_expressible("name at least one bucket: a boundary without rules is none at all"));
    }
    let mut rules = Vec::new();
    for half in [Half::Read, Half::Write] {
        let wanted = scopes.iter().filter(|scope| half.asked_by(scope.access));
        let buckets: BTreeMap<&str, Vec<&str>> = prefixes(wanted);
        for (bucket, prefixes) in buckets {
            for expression in expressions(half, bucket, &prefixes)? {
                rules.push(rule(half, bucket, expression));
            }
        }
    }
    if rules.len() > MAX_RULES {
        return Err(PolicyError::not_expressible(format!(
            "these places need {} rules and a boundary of Google Cloud has at most {MAX_RULES}: ask for fewer buckets and \
             prefixes in one credential",
            rules.len()
        )));
    }
    Ok(json!({"accessBoundary": {"accessBoundaryRules": rules}}))
}

fn rule(half: Half, bucket: &str, expression: Option<String>) -> Value {
    let mut rule = json!({
        "availableResource": format!("//storage.googleapis.com/projects/_/buckets/{bucket}"),
        "availablePermissions": [format!("inRole:{}", half.boundary_role())],
    });
    if let (Some(expression), Some(rule)) = (expression, rule.as_object_mut()) {
        rule.insert("availabilityCondition".to_owned(), json!({"title": "tidegate", "expression": expression}));
    }
    rule
}
