//! A double: Credential Access Boundaries, the rules that a token is narrowed with.
//!
//! Shape and limits are those of Google's documentation on downscoped tokens; what a condition may hold
//! is narrower here (see `condition.rs`).

use serde_json::Value;

use super::condition::Condition;
use super::iam;

/// What one rule lets through.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) bucket: String,
    pub(super) roles: Vec<String>,
    pub(super) condition: Option<Condition>,
}

/// The documented limit.
const MOST_RULES: usize = 10;

/// Reads `{"accessBoundary": {"accessBoundaryRules": [...]}}`.
pub(super) fn parse(options: &Value) -> Result<Vec<Rule>, String> {
    let known = ["accessBoundary"];
    only(options, &known, "the options")?;
    let boundary = options.get("accessBoundary").ok_or("the options hold no accessBoundary")?;
    only(boundary, &["accessBoundaryRules"], "the boundary")?;
    let rules = boundary.get("accessBoundaryRules").and_then(Value::as_array).ok_or("the boundary holds no rules")?;
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(format!("there must be 1 to {MOST_RULES} rules, not {}", rules.len()));
    }
    rules.iter().map(rule).collect()
}

fn rule(rule: &Value) -> Result<Rule, String> {
    only(rule, &["availableResource", "availablePermissions", "availabilityCondition"], "a rule")?;
    let resource = rule.get("availableResource").and_then(Value::as_str).unwrap_or_default();
    let bucket = resource.strip_prefix("//storage.googleapis.com/projects/_/buckets/").filter(|b| !b.is_empty());
    let bucket = bucket.ok_or_else(|| format!("{resource:?} is not a bucket"))?;
    let permissions = rule.get("availablePermissions").and_then(Value::as_array).filter(|list| !list.is_empty());
    let roles = permissions.ok_or("a rule names no permissions")?.iter().map(|permission| {
        let role = permission.as_str().and_then(|text| text.strip_prefix("inRole:"));
        let role = role.filter(|role| role.starts_with("roles/") && iam::is_known(role));
        role.map(str::to_owned).ok_or_else(|| format!("{permission} is not a role that is known"))
    });
    let condition = rule.get("availabilityCondition").map(|condition| {
        only(condition, &["expression", "title", "description"], "a condition")?;
        let text = condition.get("expression").and_then(Value::as_str).ok_or("a condition without expression")?;
        Condition::parse(text).map_err(|why| format!("the expression {text:?}: {why}"))
    });
    Ok(Rule {
        bucket: bucket.to_owned(),
        roles: roles.collect::<Result<_, String>>()?,
        condition: condition.transpose()?,
    })
}

/// Google refuses fields that it does not know.
fn only(value: &Value, known: &[&str], what: &str) -> Result<(), String> {
    let fields = value.as_object().ok_or_else(|| format!("{what} must be an object"))?;
    match fields.keys().find(|field| !known.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => Err(format!("{what} has an unknown field {field:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "availableResource": "//storage.googleapis.com/projects/_/buckets/b",
            "availablePermissions": ["inRole:roles/storage.objectViewer"],
            "availabilityCondition": {"expression": "resource.name.startsWith('projects/_/buckets/b/objects/a/')"},
        })
    }

    fn read(rules: &[Value]) -> Result<Vec<Rule>, String> {
        parse(&json!({"accessBoundary": {"accessBoundaryRules": rules}}))
    }

    #[test]
    fn a_boundary_of_ten_rules_is_read_and_one_of_eleven_is_not() {
        assert_eq!(read(&vec![good(); 10]).unwrap().len(), 10);
        assert!(read(&vec![good(); 11]).unwrap_err().contains("1 to 10"));
        assert!(read(&[]).is_err());
    }

    #[test]
    fn what_is_not_known_refuses_the_boundary() {
        for (field, wrong) in [
            ("availableResource", json!("b")),
            ("availableResource", json!("//storage.googleapis.com/projects/_/buckets/")),
            ("availablePermissions", json!([])),
            ("availablePermissions", json!(["storage.objects.get"])),
            ("availablePermissions", json!(["inRole:roles/storage.unheardOf"])),
            ("availabilityCondition", json!({"expression": "true"})),
            ("availabilityCondition", json!({})),
            ("availableTime", json!("now")),
        ] {
            let mut rule = good();
            rule[field] = wrong;
            assert!(read(&[rule]).is_err(), "{field}");
        }
    }
}
