//! What is wrong with a document, where, in a sentence.

use std::fmt;

/// Something that a document has wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What sort of fault it is.
    pub kind: FaultKind,
    /// One plain sentence.
    pub message: String,
}

/// What sort of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No JSON at all.
    Syntax,
    /// Longer or deeper than what is read.
    TooLarge,
    /// An object has two members of the same name.
    DuplicateKey,
    /// Something of another type is expected.
    WrongType,
    /// A part that a policy must have is not there.
    Missing,
    /// A member that policies do not have.
    UnknownField,
    /// Two parts that exclude each other.
    Conflict,
    /// A text that is none of those that may stand there.
    Value,
}

impl Fault {
    pub(crate) fn new(pointer: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), kind, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{} (at {})", self.message, self.pointer)
    }
}

impl std::error::Error for Fault {}
