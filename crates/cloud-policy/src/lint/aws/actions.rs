//! The actions: whether they exist, and how much they are.

use super::catalog::{self, Misnamed};
use super::{actions_of, allows, covers, resources_of};
use crate::lint::{Kind, Report, Rule};
use crate::read::{Document, Statement};

/// Rights of IAM by which their holder gives himself any other.
const IAM: [&str; 19] = [
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreatePolicyVersion",
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "PutGroupPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
    "CreateSAMLProvider",
];

pub(super) fn examine(document: &Document, kind: Kind, report: &mut Report) {
    for statement in &document.statements {
        let all = statement.actions.iter().flat_map(|patterns| patterns.texts.located());
        for (at, action) in all {
            name(&at, action, report);
        }
        if allows(statement) {
            let reach = Reach::of(statement);
            for (at, action) in actions_of(statement) {
                breadth(&at, action, reach, kind, report);
            }
        }
    }
}

/// How far the resources of a statement go.
#[derive(Debug, Clone, Copy)]
struct Reach {
    everywhere: bool,
    buckets: bool,
    keys: bool,
}

impl Reach {
    fn of(statement: &Statement) -> Self {
        let everywhere = resources_of(statement).any(|(_, resource)| super::is_everything(resource));
        let keys = everywhere || resources_of(statement).any(|(_, resource)| super::is_every("kms", "key", resource));
        Self { everywhere, buckets: super::resources::reaches_buckets(statement), keys }
    }
}

/// Whether there is such an action; it is also of no use in a Deny if there is none.
fn name(at: &str, action: &str, report: &mut Report) {
    let Some(misnamed) = catalog::misnamed(action) else { return };
    let message = match misnamed {
        Misnamed::NoService => format!("{action:?} is no action: it is written with its service, as in s3:GetObject"),
        Misnamed::Call(meant) => format!(
            "{action:?} is a call of the API and no action, so the statement says nothing of it: the action is {}",
            meant.join(" and ")
        ),
        Misnamed::Nearly(meant) => {
            format!("there is no action {action:?}, so the statement says nothing of it: {meant} is meant, it seems")
        }
        Misnamed::Unknown if action.contains(['*', '?']) => {
            format!("no action that is known here begins like {action:?}: check its spelling")
        }
        Misnamed::Unknown => {
            let message = format!("no action {action:?} is known here: check its spelling");
            return report.warn(Rule::UnknownAction, at, message);
        }
    };
    report.error(Rule::UnknownAction, at, message);
}

fn breadth(at: &str, action: &str, reach: Reach, kind: Kind, report: &mut Report) {
    let Some((service, name)) = catalog::split(action) else { return };
    let everywhere = reach.everywhere;
    if service.contains('*') && name == "*" {
        return everything(at, action, everywhere, report);
    }
    match (service.as_str(), name.as_str()) {
        ("iam", "*") => report.error(
            Rule::Administrator,
            at,
            "iam:* gives its holder every right of the account: name what is needed",
        ),
        ("kms", _) => kms(at, action, &name, reach.keys, kind, report),
        ("iam", _) => iam(at, action, &name, everywhere, report),
        (_, "*") => {
            let message = format!(
                "{action} is every action of the service, also those that change policies and delete for good: name \
                 what is needed"
            );
            let on_buckets = service == "s3" && reach.buckets;
            if on_buckets || everywhere {
                report.error(Rule::AllActions, at, message)
            } else {
                report.warn(Rule::AllActions, at, message)
            }
        }
        ("s3", _) => excess(at, action, report),
        _ => {}
    }
}

fn everything(at: &str, action: &str, everywhere: bool, report: &mut Report) {
    if everywhere {
        let message =
            format!("{action} on * makes its holder an administrator: name the actions and resources that are needed");
        report.error(Rule::Administrator, at, message);
    } else {
        let message = format!("{action} is every action of every service: name what is needed");
        report.error(Rule::AllActions, at, message);
    }
}

/// In the policy of a key, `*` is the key itself.
fn kms(at: &str, action: &str, name: &str, everywhere: bool, kind: Kind, report: &mut Report) {
    if kind != Kind::AwsIdentity {
        return;
    }
    if name == "*" {
        let message = "kms:* also deletes keys and changes their policies: reading takes kms:Decrypt, writing also \
                       kms:GenerateDataKey";
        report.error(Rule::KmsAllKeys, at, message);
    } else if everywhere && !name.starts_with("list") && name != "generaterandom" && name != "createkey" {
        let message = format!(
            "{action} on all keys works with every one whose policy leaves it to the account: name the ARN of the key"
        );
        report.warn(Rule::KmsAllKeys, at, message);
    }
}

fn iam(at: &str, action: &str, name: &str, everywhere: bool, report: &mut Report) {
    let (rule, message) = if covers(name, "passrole") {
        (
            Rule::PassRole,
            format!(
                "{action} hands roles to services, which then act with their rights: name the one role and iam:PassedToService"
            ),
        )
    } else if IAM.iter().any(|known| covers(name, &known.to_ascii_lowercase())) {
        (
            Rule::IamRights,
            format!(
                "{action} is enough to give oneself any other right: whoever reads and writes data needs none of IAM"
            ),
        )
    } else {
        return;
    };
    if everywhere { report.error(rule, at, message) } else { report.warn(rule, at, message) }
}

fn excess(at: &str, action: &str, report: &mut Report) {
    let known = catalog::of_s3(action);
    let Some((first, _)) = known.iter().find(|(name, _)| catalog::is_excess(name)) else { return };
    let what = if action.contains(['*', '?']) {
        format!("{action} includes s3:{first}, which is")
    } else {
        format!("{action} is")
    };
    report.warn(Rule::ExcessAction, at, format!("{what} more than reading and writing objects takes: leave it out"));
}
