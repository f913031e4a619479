//! The kinds of policies, and how they are told apart.

use serde::{Deserialize, Serialize};

use crate::read::Node;

/// A kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of a user or role of AWS.
    AwsIdentity,
    /// Of a bucket, or another resource but a role.
    AwsBucket,
    /// Of a role: who may assume it.
    AwsTrust,
    /// Role bindings, a Credential Access Boundary or a condition of Google Cloud.
    Gcp,
    /// Role assignments, a role or a condition of Azure.
    Azure,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::AwsIdentity, Self::AwsBucket, Self::AwsTrust, Self::Gcp, Self::Azure];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsIdentity => "aws-identity",
            Self::AwsBucket => "aws-bucket",
            Self::AwsTrust => "aws-trust",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
        }
    }

    /// The kind of a document, by its members.
    pub(super) fn of(node: &Node) -> Option<Self> {
        let node = node.items().and_then(<[Node]>::first).unwrap_or(node);
        let has = |names: &[&str]| {
            node.members()
                .is_some_and(|all| all.iter().any(|(name, _)| names.iter().any(|n| name.eq_ignore_ascii_case(n))))
        };
        if has(&["Statement"]) {
            return Some(Self::of_statements(node));
        }
        if has(&["bindings", "accessBoundary", "accessBoundaryRules", "expression", "members"]) {
            return Some(Self::Gcp);
        }
        let azure = [
            "roleDefinitionId",
            "roleDefinitionName",
            "conditionVersion",
            "dataActions",
            "assignableScopes",
            "permissions",
        ];
        let nested = node.get("properties").is_some_and(|inner| Self::of(inner) == Some(Self::Azure));
        (has(&azure) || nested).then_some(Self::Azure)
    }

    fn of_statements(node: &Node) -> Self {
        let statements = node.get("Statement").map(|part| part.items().unwrap_or(std::slice::from_ref(part)));
        let statements = statements.unwrap_or_default();
        let named = |node: &Node| node.get("Principal").is_some() || node.get("NotPrincipal").is_some();
        let assumes = |node: &Node| {
            let actions = node.get("Action").map(|part| part.items().unwrap_or(std::slice::from_ref(part)));
            let of_sts = |node: &Node| node.text().is_some_and(|text| text.to_ascii_lowercase().starts_with("sts:"));
            let all = |node: &Node| node.text() == Some("*");
            let placeless = node.get("Resource").is_none() && node.get("NotResource").is_none();
            match actions {
                Some(actions) => actions.iter().any(of_sts) || placeless && actions.iter().any(all),
                None => placeless && node.get("NotAction").is_some(),
            }
        };
        match (statements.iter().any(named), statements.iter().any(|node| named(node) && assumes(node))) {
            (_, true) => Self::AwsTrust,
            (true, false) => Self::AwsBucket,
            (false, false) => Self::AwsIdentity,
        }
    }

    /// The kind of a condition that stands by itself.
    pub(super) fn of_condition(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let holds = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        if holds(&["actionmatches", "@resource[", "@request[", "@principal[", "@environment["]) {
            return Some(Self::Azure);
        }
        let cel = ["resource.name", "resource.type", "resource.service", "request.time", "api.getattribute"];
        holds(&cel).then_some(Self::Gcp)
    }
}
