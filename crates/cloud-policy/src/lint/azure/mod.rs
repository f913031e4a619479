//! Azure: role assignments, roles and conditions.

mod condition;

use super::mended::{Mended, at};
use super::{Report, Rule};
use crate::azure::Expr;
use crate::read::{Json, Node, pointer};

/// Examines a document.
pub(super) fn document(json: Json, report: &mut Report) {
    let mut node = json.node.clone();
    let mut open: Vec<(String, &Node)> = vec![(String::new(), &json.node)];
    while let Some((here, part)) = open.pop() {
        if let Some(items) = part.items() {
            open.extend(items.iter().enumerate().map(|(index, item)| (pointer(&here, index), item)));
            continue;
        }
        if let Some((name, inner)) = field(part, "properties") {
            open.push((pointer(&here, name), inner));
            continue;
        }
        definition(part, &here, report);
        let mended = assignment(part, &here, report);
        if let Some((own, text)) = mended.and_then(|(place, text)| Some((at(&mut node, &place)?, text))) {
            *own = Node::Text(text);
        }
    }
    if json.duplicates.is_empty() && (node != json.node || report.pasted) {
        report.mended = Some(Mended::Document(node));
    }
}

/// Examines a condition that stands by itself.
pub(super) fn condition(text: &str, report: &mut Report) {
    super::words::examine(&Node::Text(text.to_owned()), "", report);
    report.mended = condition::examine(text, "", None, report).map(Mended::Condition);
}

/// A member, however the tool that wrote it spells its name.
fn field<'a>(node: &'a Node, name: &str) -> Option<(&'a str, &'a Node)> {
    let all = node.members()?;
    all.iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(own, node)| (own.as_str(), node))
        .filter(|(_, node)| **node != Node::Null)
}

/// The roles that matter here, by name and id ("Azure built-in roles").
const ROLES: [(&str, &str); 12] = [
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("Storage Account Contributor", "17d1049b-9a84-46fb-8f53-869881c3d3ab"),
    ("Storage Account Key Operator Service Role", "81a9662b-bebf-436f-a333-f67b29880f12"),
    ("Reader and Data Access", "c12c1c16-33a1-487b-954d-41c89c60f349"),
    ("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    ("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
    ("Storage Blob Delegator", "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"),
];

/// Gives where the condition stands and what mends it.
fn assignment(node: &Node, here: &str, report: &mut Report) -> Option<(String, String)> {
    let id = field(node, "roleDefinitionId").and_then(|(name, node)| Some((name, node.text()?)));
    let named = field(node, "roleDefinitionName").and_then(|(name, node)| Some((name, node.text()?)));
    let by_id = id.and_then(|(field, id)| {
        let last = id.rsplit('/').next()?;
        ROLES.iter().find(|(_, own)| own.eq_ignore_ascii_case(last)).map(|(name, _)| (field, *name))
    });
    let role = named.or(by_id);
    let scope = field(node, "scope").and_then(|(name, node)| Some((name, node.text()?)));
    if let Some((name, role)) = role {
        granted(role, &pointer(here, name), report);
    }
    if let Some((name, scope)) = scope {
        breadth(scope, &pointer(here, name), report);
    }
    if let Some((name, version)) = field(node, "conditionVersion").filter(|(_, node)| node.text() != Some("2.0")) {
        let message =
            format!("conditions have the version \"2.0\", and this is {}", version.text().unwrap_or(version.what()));
        report.error(Rule::ConditionVersion, pointer(here, name), message);
    }
    let Some((name, text)) = field(node, "condition").and_then(|(name, node)| Some((name, node.text()?))) else {
        let in_container = scope.is_some_and(|(_, scope)| scope.to_ascii_lowercase().contains("/containers/"));
        if role.is_some_and(|(_, role)| role.starts_with("Storage Blob Data")) && !in_container {
            let message = "the assignment has no condition, so it holds for every container of its scope: narrow it to the container and \
                           path, or assign the role on the container";
            report.warn(Rule::ConditionMissing, here, message);
        }
        return None;
    };
    let place = pointer(here, name);
    condition::examine(text, &place, role.map(|(_, role)| role), report).map(|text| (place, text))
}

fn granted(role: &str, here: &str, report: &mut Report) {
    match role {
        "Owner" | "Contributor" | "User Access Administrator" | "Role Based Access Control Administrator" => {
            let message = format!(
                "{role} administers all that is in its scope: data takes Storage Blob Data Reader or Contributor"
            );
            report.error(Rule::BasicRole, here, message);
        }
        "Storage Account Contributor" | "Storage Account Key Operator Service Role" | "Reader and Data Access" => {
            let message = format!(
                "{role} reads the keys of the account, and whoever has a key is held by no condition and no path: assign Storage Blob Data Reader or Contributor"
            );
            report.error(Rule::KeyRole, here, message);
        }
        "Storage Blob Data Owner" => {
            let message = "Storage Blob Data Owner also changes owners and access of blobs: writing takes Storage Blob Data Contributor";
            report.warn(Rule::WideRole, here, message);
        }
        _ => {}
    }
}

fn breadth(scope: &str, here: &str, report: &mut Report) {
    let lower = scope.trim_end_matches('/').to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').skip(1).collect();
    match parts.as_slice() {
        [] | ["subscriptions", _] | ["providers", "microsoft.management", ..] => {
            let message = format!(
                "{scope:?} is a whole subscription or more: assign the role on the storage account or the container"
            );
            report.error(Rule::WideScope, here, message);
        }
        ["subscriptions", _, "resourcegroups", _] => {
            let message = format!(
                "{scope:?} is every storage account of a resource group: assign the role on the storage account or the container"
            );
            report.warn(Rule::WideScope, here, message);
        }
        _ => {}
    }
}

/// A role of one's own.
fn definition(node: &Node, here: &str, report: &mut Report) {
    if let Some((name, Node::List(items))) = field(node, "permissions") {
        for (index, item) in items.iter().enumerate() {
            definition(item, &pointer(&pointer(here, name), index), report);
        }
    }
    for list in ["actions", "dataActions"] {
        let Some((name, Node::List(items))) = field(node, list) else { continue };
        for (index, action) in items.iter().enumerate().filter_map(|(index, item)| Some((index, item.text()?))) {
            let here = pointer(&pointer(here, name), index);
            let covers = |known: &str| Expr::Action(vec![action.to_owned()]).matches_action(known);
            if action == "*" {
                report.error(Rule::AllActions, here, "* is every action there is: name what is needed");
            } else if covers("Microsoft.Storage/storageAccounts/listKeys/action") {
                let message = format!(
                    "{action} reads the keys of the account, and whoever has a key is held by no condition: leave it out"
                );
                report.error(Rule::KeyRole, here, message);
            } else if covers("Microsoft.Authorization/roleAssignments/write") {
                let message = format!("{action} assigns roles, so its holder gives himself any right: leave it out");
                report.error(Rule::BasicRole, here, message);
            }
        }
    }
}
