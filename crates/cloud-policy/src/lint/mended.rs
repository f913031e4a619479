//! The policy with what can be mended.

use std::fmt;

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::read::Node;

/// The policy with everything mended that can be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Mended {
    /// A document, its members in their order.
    Document(Node),
    /// A condition that stands by itself.
    Condition(String),
}

impl fmt::Display for Mended {
    /// As it is applied: indented JSON, or the condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(node) => f.write_str(&serde_json::to_string_pretty(node).map_err(|_| fmt::Error)?),
            Self::Condition(text) => f.write_str(text),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(truth) => to.serialize_bool(*truth),
            Self::Number(number) => number.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = to.serialize_map(Some(members.len()))?;
                for (name, node) in members {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// Puts a member into an object, in the place of the one that it has.
pub(super) fn set(members: &mut Vec<(String, Node)>, name: &str, node: Node) {
    match members.iter_mut().find(|(own, _)| own == name) {
        Some((_, own)) => *own = node,
        None => members.push((name.to_owned(), node)),
    }
}

/// The node at a pointer below this one.
pub(super) fn at<'a>(node: &'a mut Node, pointer: &str) -> Option<&'a mut Node> {
    pointer.split('/').skip(1).try_fold(node, |node, step| match node {
        Node::Object(members) => {
            let name = step.replace("~1", "/").replace("~0", "~");
            members.iter_mut().find_map(|(own, node)| (*own == name).then_some(node))
        }
        Node::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A list of texts.
pub(super) fn texts(each: impl IntoIterator<Item = impl Into<String>>) -> Node {
    Node::List(each.into_iter().map(|text| Node::Text(text.into())).collect())
}
