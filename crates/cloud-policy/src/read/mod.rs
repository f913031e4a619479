//! Policies of AWS's form as they are read: what `simulate` and `lint` stand on.
//!
//! Tolerant and bounded: a document of any origin becomes a [`Document`] with what could be understood,
//! and each [`Fault`] says by a JSON pointer and a sentence what could not. What always holds: reading
//! neither panics nor takes more than a fixed depth and size; two members of one name are never silently
//! one; what was not understood is never silently left out, for a policy without one of its conditions is
//! a wider one. Whoever decides by a document refuses one that has faults ([`Document::sound`]).
//!
//! The grammar is the one of "Grammar of the IAM JSON policy language" in AWS's IAM User Guide.

mod document;
mod fault;
mod json;
mod parse;
mod principal;

pub use document::{Condition, Document, Effect, Patterns, Statement, Texts};
pub use fault::{Fault, FaultKind};
pub use json::{Json, Node, pointer};
pub use principal::{PrincipalKind, Principals, Who};

/// The longest document that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How deep arrays and objects may lie in each other; a policy needs six.
pub const MAX_DEPTH: usize = 32;
/// How many faults are told; the rest is left out.
pub const MAX_FAULTS: usize = 100;
