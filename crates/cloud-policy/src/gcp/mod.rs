//! Google Cloud: conditions of role bindings and of Credential Access Boundaries, read, decided and made.
//!
//! What always holds: a prefix ends in `/` (or is the whole bucket), stands in a literal that means it byte
//! for byte, and whatever Google could not read as meant is refused. The language is the part of CEL that
//! "Attribute reference for IAM Conditions" of Google's IAM documentation lists. The parser is our own
//! because the `cel` crate brings the ANTLR runtime, bounds neither length nor depth, and has no value for
//! an attribute that nobody told.

mod boundary;
mod decide;
mod expression;
mod grant;
mod lexer;
mod parse;
mod setup;
#[cfg(test)]
mod tests;

pub use boundary::{MAX_EXPRESSION, MAX_RULES, access_boundary};
pub use decide::{Attribute, Context};
pub(crate) use expression::{Comparison, Expr};
pub(crate) use grant::MAX_OPERATORS;
pub use grant::{
    BUCKET_READER, IamCondition, OBJECT_USER, OBJECT_VIEWER, RoleGrant, for_gsutil, iam_condition, role_grants,
};
pub use parse::Condition;
pub use setup::{Access, PoolNames, TOKEN_CREATOR, bind_command, binding, cors_document, made, setup};

/// The attribute that says which prefix a listing asks for; empty for everything else.
pub const LIST_PREFIX: &str = "storage.googleapis.com/objectListPrefix";
