//! The parts that a document must have, and those that belong into one of another kind.

use super::allows;
use crate::lint::{Kind, Report, Rule};
use crate::read::{Document, Statement};

pub(super) fn examine(document: &Document, kind: Kind, report: &mut Report) {
    version(document, report);
    for statement in &document.statements {
        match kind {
            Kind::AwsIdentity => identity(statement, report),
            Kind::AwsBucket => bucket(statement, report),
            _ => trust(statement, report),
        }
    }
}

fn version(document: &Document, report: &mut Report) {
    let variables = document.statements.iter().any(has_variables);
    let means = if variables {
        "so ${...} in it is plain text and no variable"
    } else {
        "which reads no variables and knows fewer operators"
    };
    match document.version.as_deref() {
        None if document.node.get("Version").is_none() => {
            let message = format!(
                "there is no Version, and AWS then reads the language of 2008, {means}: write \"Version\": \"2012-10-17\""
            );
            add(variables, Rule::MissingVersion, "", message, report);
        }
        Some("2008-10-17") => {
            let message = format!("the Version is that of 2008, {means}: write \"2012-10-17\"");
            add(variables, Rule::OldVersion, "/Version", message, report);
        }
        _ => {}
    }
}

fn add(variables: bool, rule: Rule, at: &str, message: String, report: &mut Report) {
    if variables { report.error(rule, at, message) } else { report.warn(rule, at, message) }
}

/// Whether a resource or a condition of the statement would be read differently with variables.
pub(super) fn has_variables(statement: &Statement) -> bool {
    let resources = statement.resources.iter().flat_map(|patterns| &patterns.texts.items);
    let values = statement.conditions.iter().flat_map(|condition| &condition.values.items);
    resources.chain(values).any(|text| text.contains("${"))
}

fn identity(statement: &Statement, report: &mut Report) {
    if let Some(principals) = &statement.principals {
        let message = "a policy of a user or role has no Principal: it is about whoever it is attached to; a policy with \
                       a Principal belongs to a bucket, key or role";
        report.error(Rule::PartOfOtherKind, principals.pointer.as_str(), message);
    }
    if statement.resources.is_none() && statement.actions.is_some() {
        let message = "the statement names no Resource, which a policy of a user or role needs";
        report.error(Rule::MissingPart, statement.pointer.as_str(), message);
    }
}

fn bucket(statement: &Statement, report: &mut Report) {
    no_principal(statement, "a bucket", report);
    if statement.resources.is_none() && statement.actions.is_some() {
        let message = "the statement names no Resource, which a policy of a bucket needs";
        report.error(Rule::MissingPart, statement.pointer.as_str(), message);
    }
}

fn no_principal(statement: &Statement, of: &str, report: &mut Report) {
    if statement.principals.is_none() && (allows(statement) || super::denies(statement)) {
        let message = format!("the statement names no Principal, which a policy of {of} needs");
        report.error(Rule::MissingPart, statement.pointer.as_str(), message);
    }
}

fn trust(statement: &Statement, report: &mut Report) {
    no_principal(statement, "a role", report);
    if let Some(resources) = &statement.resources {
        let message = "a role's trust policy has no Resource: it is about the role itself, and AWS refuses it";
        report.error(Rule::PartOfOtherKind, resources.texts.pointer.as_str(), message);
    }
    for (at, action) in super::actions_of(statement) {
        let service = action.to_ascii_lowercase();
        if !service.starts_with("sts:") && !super::covers(&service, "sts:assumerole") {
            let message =
                format!("{action:?} belongs into the role's permissions: a trust policy has actions of sts alone");
            report.error(Rule::PartOfOtherKind, at, message);
        }
    }
}
