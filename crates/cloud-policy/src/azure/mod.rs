//! Azure: conditions of role assignments, read, decided and made.
//!
//! What always holds: a condition that is made here covers every way in which Storage Blob Data Reader and
//! Contributor touch a blob, so that no action slips past it; and a path that a literal is not documented to
//! carry is refused. The language is that of "Azure role assignment condition format and syntax", the
//! actions and attributes those of "Actions and attributes for Azure role assignment conditions for Azure Blob
//! Storage", both of Microsoft's documentation.

mod decide;
mod expression;
mod lexer;
mod operator;
mod parse;
mod role;
#[cfg(test)]
mod tests;

pub use decide::Context;
pub use expression::{Attribute, Source};
pub(crate) use expression::{Expr, Literal, Operand};
pub(crate) use operator::Test;
pub use parse::Condition;
pub(crate) use parse::Remark;
pub use role::{DATA_CONTRIBUTOR, DATA_READER, role_condition};

/// What the actions on blobs begin with.
pub const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
/// The name of the container.
pub const CONTAINER_NAME: &str = "Microsoft.Storage/storageAccounts/blobServices/containers:name";
/// The path of the blob in it, of the resource.
pub const BLOB_PATH: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path";
/// The prefix of a listing, of the request.
pub const BLOB_PREFIX: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs:prefix";
/// The suboperation of listing, which has the same action as reading.
pub const BLOB_LIST: &str = "Blob.List";
