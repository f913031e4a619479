//! Whom a statement is about.

use super::parse::Reader;
use super::{FaultKind, Node, Texts, pointer};

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// Where it stands.
    pub pointer: String,
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Whom it names.
    pub who: Who,
}

/// Whom it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// `"*"`.
    Everyone,
    /// Lists by kind.
    Named(Vec<(PrincipalKind, Texts)>),
}

/// What sort of principal a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `AWS`: accounts, users, roles and sessions.
    Aws,
    /// `Federated`: identity providers.
    Federated,
    /// `Service`: services of AWS.
    Service,
    /// `CanonicalUser`: accounts by the identifier of S3.
    CanonicalUser,
}

impl PrincipalKind {
    const ALL: [Self; 4] = [Self::Aws, Self::Federated, Self::Service, Self::CanonicalUser];

    /// The word for it in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Federated => "Federated",
            Self::Service => "Service",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

impl Principals {
    /// Whether it names everyone, in either way of writing it.
    pub fn everyone(&self) -> bool {
        match &self.who {
            Who::Everyone => true,
            Who::Named(lists) => lists
                .iter()
                .any(|(kind, texts)| *kind == PrincipalKind::Aws && texts.items.iter().any(|text| text == "*")),
        }
    }

    pub(super) fn read(reader: &mut Reader, at: String, negated: bool, node: &Node) -> Option<Self> {
        let who = match node {
            Node::Text(text) if text == "*" => Who::Everyone,
            Node::Text(text) => {
                let message = format!(
                    "{text:?} is no principal: \"*\" or an object such as {{\"AWS\": \"arn:...\"}} is expected"
                );
                return reader.fault(at, FaultKind::Value, message);
            }
            Node::Object(members) => Who::Named(named(reader, &at, members)),
            other => return reader.wrong_type(at, "\"*\" or an object such as {\"AWS\": \"arn:...\"}", other),
        };
        if who == Who::Named(Vec::new()) {
            return reader.fault(at, FaultKind::Missing, "no principal is named");
        }
        Some(Self { pointer: at, negated, who })
    }
}

fn named(reader: &mut Reader, at: &str, members: &[(String, Node)]) -> Vec<(PrincipalKind, Texts)> {
    let mut lists = Vec::new();
    for (name, node) in members {
        let here = pointer(at, name);
        match PrincipalKind::ALL.into_iter().find(|kind| kind.as_str() == name) {
            Some(_) if node.items().is_some_and(<[Node]>::is_empty) => {
                reader.fault::<()>(here, FaultKind::Missing, "the list names no principal");
            }
            Some(kind) => lists.extend(reader.texts(here, node).map(|texts| (kind, texts))),
            None => {
                let message =
                    format!("{name:?} is no kind of principal: AWS, Federated, Service or CanonicalUser is expected");
                reader.fault::<()>(here, FaultKind::UnknownField, message);
            }
        }
    }
    lists
}
