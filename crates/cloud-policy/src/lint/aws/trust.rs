//! Who may assume a role, and with what proof that he asks for the right customer.

use std::collections::BTreeSet;

use super::{allows, names_action};
use crate::arn::account_of;
use crate::lint::{Report, Rule};
use crate::read::{Condition, Document, PrincipalKind, Statement, Who};
use crate::simulate::condition::operator::{Compares, Operator, Over};

pub(super) fn examine(document: &Document, report: &mut Report) {
    let several = accounts(document).len() > 1;
    for statement in document.statements.iter().filter(|statement| allows(statement)) {
        let assumes = |action| names_action(statement, action) || leaves(statement, action);
        if assumes("sts:AssumeRole") && names_kind(statement, PrincipalKind::Aws) {
            external_id(statement, several, report);
        }
        if assumes("sts:AssumeRoleWithWebIdentity") && names_kind(statement, PrincipalKind::Federated) {
            web_identity(statement, report);
        }
    }
}

/// Whether the action is not among those that the statement leaves out.
fn leaves(statement: &Statement, action: &str) -> bool {
    let left_out = |text: &String| super::covers(&text.to_ascii_lowercase(), &action.to_ascii_lowercase());
    statement.actions.as_ref().is_some_and(|actions| actions.negated && !actions.texts.items.iter().any(left_out))
}

fn lists(statement: &Statement) -> &[(PrincipalKind, crate::read::Texts)] {
    match statement.principals.as_ref().map(|principals| &principals.who) {
        Some(Who::Named(lists)) => lists,
        _ => &[],
    }
}

fn names_kind(statement: &Statement, kind: PrincipalKind) -> bool {
    let everyone = statement.principals.as_ref().is_some_and(|principals| matches!(principals.who, Who::Everyone));
    everyone || lists(statement).iter().any(|(own, _)| *own == kind)
}

/// The accounts whose principals are trusted.
fn accounts(document: &Document) -> BTreeSet<&str> {
    let of_aws = |(kind, _): &&(PrincipalKind, crate::read::Texts)| *kind == PrincipalKind::Aws;
    let texts = document.statements.iter().flat_map(|statement| lists(statement).iter().filter(of_aws));
    let texts = texts.flat_map(|(_, texts)| texts.items.iter().map(String::as_str));
    texts.map(|text| account_of(text).unwrap_or(text)).filter(|text| text.bytes().all(|b| b.is_ascii_digit())).collect()
}

fn external_id(statement: &Statement, several: bool, report: &mut Report) {
    let conditions: Vec<&Condition> =
        statement.conditions.iter().filter(|condition| condition.key.eq_ignore_ascii_case("sts:ExternalId")).collect();
    if conditions.is_empty() {
        let message = "whoever is trusted here can be talked into assuming the role for a stranger who knows its ARN: if he serves \
                       other customers too, require his external id with StringEquals sts:ExternalId";
        let at = statement.pointer.as_str();
        let everyone = statement.principals.as_ref().is_some_and(crate::read::Principals::everyone);
        return if several || everyone {
            report.error(Rule::MissingExternalId, at, message)
        } else {
            report.warn(Rule::MissingExternalId, at, message)
        };
    }
    for condition in conditions {
        weakness(condition, report);
    }
}

fn weakness(condition: &Condition, report: &mut Report) {
    let Some(operator) = Operator::parse(&condition.operator) else { return };
    let (at, name) = (condition.values.pointer.as_str(), &condition.operator);
    let own = condition.values.items.iter().any(|value| value.to_ascii_lowercase().contains("${sts:externalid"));
    let wild = condition.values.items.iter().any(|value| value.contains(['*', '?']));
    let like = operator.compares == Compares::TextLike;
    let message = if operator.if_exists {
        format!("{name} lets a request through that has no external id at all: write StringEquals")
    } else if operator.over == Over::All {
        format!("{name} also holds for a request that has no external id at all: write StringEquals")
    } else if own {
        "a variable that is the external id of the request accepts every one: write the one id".to_owned()
    } else if operator.negated {
        format!("{name} accepts every external id but these: write StringEquals")
    } else if like && wild {
        format!(
            "{name} accepts every external id of this form, so a stranger's too: write StringEquals with the one id"
        )
    } else if operator.compares == Compares::Absence {
        format!("{name} asks only whether there is an external id: write StringEquals with the one id")
    } else {
        return;
    };
    report.error(Rule::WeakExternalId, at, message);
}

fn web_identity(statement: &Statement, report: &mut Report) {
    let bound = statement.conditions.iter().any(|condition| {
        let open = condition.values.items.iter().any(|value| value.chars().all(|c| matches!(c, '*' | ':' | '?')));
        super::demands(condition) && !open && condition.key.to_ascii_lowercase().ends_with(":sub")
    });
    if !bound {
        let message = "everyone whom the identity provider knows may assume the role: require the subject, with StringEquals on \
                       the key that ends in :sub";
        report.error(Rule::UnboundWebIdentity, statement.pointer.as_str(), message);
    }
}
