//! JSON that keeps the order of members and notices two of the same name.
//!
//! `serde_json::Value` would silently keep the last of two members, which is not what every store does:
//! a policy must not mean one thing here and another there.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::{Fault, FaultKind, MAX_BYTES, MAX_DEPTH, MAX_FAULTS};

/// A value of JSON, its members in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object; of two members with one name the first.
    Object(Vec<(String, Node)>),
}

/// A document of JSON, and which members of it stand there twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    /// The document.
    pub node: Node,
    /// A fault for each member whose name the same object already had.
    pub duplicates: Vec<Fault>,
}

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// It is no JSON, or longer or deeper than what is read.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX_BYTES {
            let message = format!("the document has {} bytes and at most {MAX_BYTES} are read", text.len());
            return Err(Fault::new("", FaultKind::TooLarge, message));
        }
        // Some editors put a byte order mark before the text; JSON has none.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut state = State::default();
        let mut source = serde_json::Deserializer::from_str(text);
        let node = Seed(&mut state).deserialize(&mut source).and_then(|node| source.end().map(|()| node));
        match (node, state.too_deep) {
            (Ok(node), _) => Ok(Self { node, duplicates: state.duplicates }),
            (Err(_), Some(pointer)) => {
                let message = format!("arrays and objects lie in each other deeper than {MAX_DEPTH} levels");
                Err(Fault::new(pointer, FaultKind::TooLarge, message))
            }
            (Err(error), None) => Err(Fault::new("", FaultKind::Syntax, format!("this is not JSON: {error}"))),
        }
    }
}

impl Node {
    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members()?.iter().find_map(|(key, node)| (key == name).then_some(node))
    }

    /// The members of an object, in their order.
    pub fn members(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What it is, for a sentence.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The same as a value of `serde_json`.
    pub fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Self::Object(members) => {
                Value::Object(members.iter().map(|(key, node)| (key.clone(), node.value())).collect())
            }
        }
    }
}

/// The pointer of a member or item below another one.
pub fn pointer(parent: &str, name: impl fmt::Display) -> String {
    format!("{parent}/{}", name.to_string().replace('~', "~0").replace('/', "~1"))
}

#[derive(Default)]
struct State {
    path: Vec<Step>,
    duplicates: Vec<Fault>,
    too_deep: Option<String>,
}

enum Step {
    Member(String),
    Item(usize),
}

impl State {
    fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |parent, step| match step {
            Step::Member(name) => pointer(&parent, name),
            Step::Item(index) => pointer(&parent, index),
        })
    }

    /// Reads what lies below a step, unless that is too deep.
    fn below<T, E: serde::de::Error>(
        &mut self,
        step: Step,
        read: impl FnOnce(Seed<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.path.len() >= MAX_DEPTH {
            self.too_deep = Some(self.pointer());
            return Err(E::custom("too deep"));
        }
        self.path.push(step);
        let found = read(Seed(self));
        self.path.pop();
        found
    }
}

struct Seed<'a>(&'a mut State);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Node, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Bool(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Node, E> {
        Number::from_f64(number).map(Node::Number).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = self.0.below(Step::Item(items.len()), |seed| source.next_element_seed(seed))? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = source.next_key::<String>()? {
            let node = self.0.below(Step::Member(name.clone()), |seed| source.next_value_seed(seed))?;
            if names.insert(name.clone()) {
                members.push((name, node));
            } else if self.0.duplicates.len() < MAX_FAULTS {
                let message =
                    format!("{name:?} stands here twice: which of the two counts differs from store to store");
                let at = pointer(&self.0.pointer(), &name);
                self.0.duplicates.push(Fault::new(at, FaultKind::DuplicateKey, message));
            }
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_duplicates_are_told_with_their_pointer() {
        let json = Json::parse(r#"{"b": 1, "a/~": [{"x": true, "x": null}], "b": "again"}"#).unwrap();
        let names: Vec<_> = json.node.members().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a/~"]);
        assert_eq!(json.node.get("b"), Some(&Node::Number(1.into())), "the first counts");
        let pointers: Vec<_> = json.duplicates.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a~1~0/0/x", "/b"]);
        assert_eq!(json.node.value(), serde_json::json!({"b": 1, "a/~": [{"x": true}]}));
    }

    #[test]
    fn what_is_too_long_or_too_deep_or_no_json_is_refused() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
        let fault = Json::parse(&nested(MAX_DEPTH + 1)).unwrap_err();
        assert_eq!((fault.kind, fault.pointer), (FaultKind::TooLarge, "/0".repeat(MAX_DEPTH)));
        assert_eq!(Json::parse(&nested(200_000)).unwrap_err().kind, FaultKind::TooLarge);
        assert_eq!(Json::parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err().kind, FaultKind::TooLarge);
        for text in ["", "{", "{} {}", "<html>", "{'a': 1}", "nul", "\u{0}"] {
            assert_eq!(Json::parse(text).unwrap_err().kind, FaultKind::Syntax, "{text:?}");
        }
        assert!(Json::parse("\u{feff}{}").is_ok(), "a byte order mark is no fault");
    }
}
