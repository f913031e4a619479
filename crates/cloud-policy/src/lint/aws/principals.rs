//! Whom a statement is about.

use super::{allows, covers};
use crate::lint::{Kind, Report, Rule};
use crate::read::{Condition, Document, PrincipalKind, Principals, Statement, Who};

/// Keys that say who, or from where, so that everyone is not everyone.
const NARROWS: [&str; 13] = [
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
];

pub(super) fn examine(document: &Document, kind: Kind, report: &mut Report) {
    for statement in &document.statements {
        let Some(principals) = &statement.principals else { continue };
        arns(principals, report);
        if principals.negated {
            not_principal(statement, principals, kind, report);
        } else if allows(statement) && principals.everyone() {
            everyone(statement, principals, kind, report);
        }
    }
}

fn not_principal(statement: &Statement, principals: &Principals, kind: Kind, report: &mut Report) {
    if kind == Kind::AwsTrust {
        let message = "a trust policy takes no NotPrincipal, AWS refuses it: name whom you mean with Principal";
        report.error(Rule::NotPrincipal, principals.pointer.as_str(), message);
    } else if allows(statement) {
        let message = "Allow with NotPrincipal allows everyone else in the world, also people without an account: name whom you \
                       allow";
        report.error(Rule::NotPrincipal, principals.pointer.as_str(), message);
    } else {
        let message = "AWS advises against NotPrincipal: the account must be named too, and for a session also its role; \
                       write Principal \"*\" with a condition on aws:PrincipalArn";
        report.note(Rule::NotPrincipal, principals.pointer.as_str(), message);
    }
}

fn everyone(statement: &Statement, principals: &Principals, kind: Kind, report: &mut Report) {
    if kind != Kind::AwsTrust && statement.conditions.iter().any(narrows) {
        return;
    }
    let message = if kind == Kind::AwsTrust {
        "anyone in the world may try to assume the role, and an external id is no secret: name the account or role"
    } else {
        "everyone in the world is allowed this, signed in or not: name whom you allow, or add a condition such as \
         aws:PrincipalOrgID or aws:SourceVpce"
    };
    report.error(Rule::PublicPrincipal, principals.pointer.as_str(), message);
}

fn narrows(condition: &Condition) -> bool {
    // An ARN of any account leaves everyone in who has an account.
    let any_account = |value: &str| {
        value.starts_with("arn:") && value.split(':').nth(4).is_none_or(|account| account.contains(['*', '?']))
    };
    let open = condition
        .values
        .items
        .iter()
        .any(|value| matches!(value.as_str(), "0.0.0.0/0" | "::/0") || super::is_any(value) || any_account(value));
    super::demands(condition) && !open && NARROWS.contains(&condition.key.to_ascii_lowercase().as_str())
}

fn arns(principals: &Principals, report: &mut Report) {
    let Who::Named(lists) = &principals.who else { return };
    for (kind, texts) in lists {
        for (at, text) in texts.located() {
            if *kind == PrincipalKind::Aws {
                principal(&at, text, report);
            }
        }
    }
}

fn principal(at: &str, text: &str, report: &mut Report) {
    if text == "*" || super::super::words::placeholder(text).is_some() {
        return;
    }
    if text.contains(['*', '?']) {
        let message = format!(
            "{text:?} has a wildcard, which in a principal stands for nothing: name the account and narrow it by a condition on \
             aws:PrincipalArn"
        );
        return report.error(Rule::PrincipalWildcard, at, message);
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.len() != 12 {
        let message = format!("the account {text} has {} digits, and accounts of AWS have twelve", text.len());
        return report.error(Rule::AccountId, at, message);
    }
    // A principal that was deleted shows as its id.
    let deleted = text.starts_with("AROA") || text.starts_with("AIDA");
    if digits || deleted {
        return;
    }
    if covers("arn:*:iam::*:*", text) || covers("arn:*:sts::*:*", text) {
        return super::resources::account(at, text, report);
    }
    let message = format!(
        "{text:?} is no principal of AWS: it is an account, or the ARN of an account, a user, a role or a session"
    );
    report.error(Rule::InvalidArn, at, message);
}
