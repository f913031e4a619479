//! The role assignments that places need: the narrowest built-in roles, on containers, with a condition on paths.

use std::collections::BTreeMap;

use cloud_policy::azure::{DATA_CONTRIBUTOR, DATA_READER, role_condition};
use cloud_policy::{PolicyError, quote};
use domain::provider::SetupPlace;
use domain::scope::{Access, Scope};
use serde_json::{Value, json};

/// Lets an application ask for keys to sign with, and nothing else; it works on the account alone.
pub(super) const DELEGATOR: &str = "Storage Blob Delegator";

/// Stands for what only the owner knows.
const SUBSCRIPTION: &str = "SUBSCRIPTION_ID";
const GROUP: &str = "RESOURCE_GROUP";

/// A role of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) role: &'static str,
    /// None for the whole account.
    pub(super) container: Option<String>,
    /// None for all of it.
    pub(super) condition: Option<String>,
}

/// The assignments for these places; the right to sign comes last, where the application signs.
///
/// # Errors
/// `NotExpressible` where no condition can carry a prefix; `TooLarge` where it becomes too long.
pub(super) fn assignments(places: &[SetupPlace], signs: bool) -> Result<Vec<Assignment>, PolicyError> {
    let mut by_container: BTreeMap<&str, Vec<Scope>> = BTreeMap::new();
    for place in places {
        by_container.entry(place.bucket.as_str()).or_default().push(scope(place));
    }
    let mut out = Vec::new();
    for (container, scopes) in by_container {
        let writes = scopes.iter().any(|scope| scope.access.writes());
        let whole = scopes.iter().any(|scope| scope.prefix.as_str().is_empty() && scope.access.writes() == writes);
        out.push(Assignment {
            role: if writes { DATA_CONTRIBUTOR } else { DATA_READER },
            container: Some(container.to_owned()),
            condition: if whole { None } else { Some(role_condition(&scopes)?) },
        });
    }
    if signs {
        out.push(Assignment { role: DELEGATOR, container: None, condition: None });
    }
    Ok(out)
}

fn scope(place: &SetupPlace) -> Scope {
    Scope {
        bucket: place.bucket.clone(),
        prefix: place.prefix.clone(),
        access: if place.purpose.writes() { Access::ReadWrite } else { Access::Read },
        kms_key_arn: None,
    }
}

impl Assignment {
    /// As `az role assignment list` shows it.
    pub(super) fn document(&self, account: &str) -> Value {
        let mut document = json!({
            "roleDefinitionName": self.role,
            "principalType": "ServicePrincipal",
            "scope": format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/{account}{}",
                self.below()
            ),
        });
        if let (Some(condition), Some(fields)) = (&self.condition, document.as_object_mut()) {
            fields.insert("conditionVersion".to_owned(), json!("2.0"));
            fields.insert("condition".to_owned(), json!(condition));
        }
        document
    }

    /// A command that makes it; the ids of account and principal stand in variables of the shell.
    pub(super) fn command(&self) -> String {
        let condition = self.condition.as_ref().map_or(String::new(), |condition| {
            format!(" --condition {} --condition-version 2.0", quote::shell(condition))
        });
        format!(
            "az role assignment create --assignee-object-id \"$PRINCIPAL_ID\" --assignee-principal-type ServicePrincipal \
             --role {} --scope \"$ACCOUNT_ID{}\"{condition}",
            quote::shell(self.role),
            self.below()
        )
    }

    /// The resource below the account. Names of containers hold nothing that ends a word.
    pub(super) fn below(&self) -> String {
        self.container.as_ref().map_or(String::new(), |name| format!("/blobServices/default/containers/{name}"))
    }
}

/// All of them together, as a document.
pub(super) fn document(assignments: &[Assignment], account: &str) -> Value {
    let all: Vec<Value> = assignments.iter().map(|assignment| assignment.document(account)).collect();
    json!({ "roleAssignments": all })
}

/// The rules of a web page, as `az storage cors` has them.
pub(super) fn cors_rule(origin: &str, writes: bool) -> Value {
    let methods: &[&str] =
        if writes { &["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] } else { &["GET", "HEAD", "OPTIONS"] };
    json!({
        "allowedOrigins": [origin],
        "allowedMethods": methods,
        "allowedHeaders": ["*"],
        "exposedHeaders": ["ETag", "Content-Length", "Content-Range", "x-ms-request-id"],
        "maxAgeInSeconds": 3600,
    })
}

/// The same as a command.
pub(super) fn cors_command(account: &str, origin: &str, writes: bool) -> String {
    let methods = if writes { "GET HEAD OPTIONS PUT DELETE" } else { "GET HEAD OPTIONS" };
    format!(
        "az storage cors add --account-name {} --services b --methods {methods} --origins {} --allowed-headers '*' \
         --exposed-headers 'ETag,Content-Length,Content-Range,x-ms-request-id' --max-age 3600",
        quote::shell(account),
        quote::shell(origin)
    )
}

#[cfg(test)]
mod tests {
    use domain::datasource::Purpose;

    use super::*;

    fn place(container: &str, prefix: &str, purpose: Purpose) -> SetupPlace {
        SetupPlace {
            bucket: container.parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            purpose,
            sse: None,
            cors_origin: None,
        }
    }

    #[test]
    fn one_assignment_a_container_with_the_narrowest_role() {
        let places = [
            place("data", "in", Purpose::Input),
            place("data", "out", Purpose::Output),
            place("more", "", Purpose::Input),
        ];
        let all = assignments(&places, true).unwrap();
        let shown: Vec<_> =
            all.iter().map(|one| (one.role, one.container.as_deref(), one.condition.is_some())).collect();
        assert_eq!(
            shown,
            [(DATA_CONTRIBUTOR, Some("data"), true), (DATA_READER, Some("more"), false), (DELEGATOR, None, false)]
        );
        assert_eq!(assignments(&places[2..], false).unwrap().len(), 1);
    }

    #[test]
    fn a_whole_container_that_is_only_read_does_not_widen_what_is_written() {
        let places = [place("data", "", Purpose::Input), place("data", "out", Purpose::Output)];
        let condition = assignments(&places, false).unwrap().remove(0).condition.unwrap();
        assert!(condition.contains("StringStartsWith 'out/'"), "{condition}");
    }

    #[test]
    fn commands_and_documents_hold_the_condition_as_text() {
        let assignment = assignments(&[place("data", "in $(x)", Purpose::Input)], false).unwrap().remove(0);
        let command = assignment.command();
        assert!(command.contains("--scope \"$ACCOUNT_ID/blobServices/default/containers/data\""), "{command}");
        assert!(command.contains("'\\''in $(x)/'\\''"), "quoted, so that no shell runs it: {command}");
        let document = assignment.document("acme");
        assert!(
            document["scope"].as_str().unwrap().ends_with("/storageAccounts/acme/blobServices/default/containers/data")
        );
        assert!(document["condition"].as_str().unwrap().contains("'in $(x)/'"));
    }
}
