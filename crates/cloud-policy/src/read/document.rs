//! The typed form of a document: everything keeps where it stood.

use super::{Fault, Json, Node, Principals, pointer};

/// A policy of AWS's form.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// `Version`; without one AWS reads it as `2008-10-17`, which knows no policy variables.
    pub version: Option<String>,
    /// `Id`.
    pub id: Option<String>,
    /// The statements that are objects, in their order.
    pub statements: Vec<Statement>,
    /// What was not understood, in the order of the document; at most [`super::MAX_FAULTS`].
    pub faults: Vec<Fault>,
    /// The document as it stood there.
    pub node: Node,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Where it stands: `/Statement/0`, or `/Statement` where it is no list.
    pub pointer: String,
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`; none where it is missing or neither `Allow` nor `Deny`, which is a fault.
    pub effect: Option<Effect>,
    /// `Principal` or `NotPrincipal`.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`; none where it is missing, which is a fault.
    pub actions: Option<Patterns>,
    /// `Resource` or `NotResource`.
    pub resources: Option<Patterns>,
    /// Each key of each operator of `Condition`; all of them must hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does to what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows it.
    Allow,
    /// It denies it, whatever else allows it.
    Deny,
}

/// Actions or resources: those that are named, or all but those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// Whether it is `NotAction` or `NotResource`.
    pub negated: bool,
    /// What is named.
    pub texts: Texts,
}

/// One text, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Where the text or the list stands.
    pub pointer: String,
    /// Whether it is a list.
    pub listed: bool,
    /// The texts.
    pub items: Vec<String>,
}

/// One key under one operator of a `Condition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as written, for example `ForAnyValue:StringLike`.
    pub operator: String,
    /// The key as written, for example `aws:SourceIp`.
    pub key: String,
    /// The values; truth values and numbers as text.
    pub values: Texts,
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// It is no JSON, or longer or deeper than what is read, or its outermost value is no object. All other
    /// faults stand in the document.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::of(Json::parse(text)?)
    }

    /// The document, if nothing in it was left un-understood.
    ///
    /// # Errors
    /// The first fault: to decide by what is left could be wider than the document.
    pub fn sound(self) -> Result<Self, Fault> {
        match self.faults.first() {
            None => Ok(self),
            Some(fault) => Err(fault.clone()),
        }
    }

    /// Whether `${...}` in it is a variable (and `${*}` the character itself), which it is from `2012-10-17` on.
    pub fn has_variables(&self) -> bool {
        self.version.as_deref() == Some("2012-10-17")
    }
}

impl Effect {
    /// The word for it in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl Texts {
    /// Where the text of this index stands.
    pub fn pointer_of(&self, index: usize) -> String {
        if self.listed { pointer(&self.pointer, index) } else { self.pointer.clone() }
    }

    /// The texts, each with where it stands.
    pub fn located(&self) -> impl Iterator<Item = (String, &str)> {
        self.items.iter().enumerate().map(|(index, text)| (self.pointer_of(index), text.as_str()))
    }
}
