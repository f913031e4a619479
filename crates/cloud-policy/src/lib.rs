//! The clouds' policy documents: what a session may do, and what a customer applies on his side.
//!
//! Pure: words in, documents out, no I/O. What always holds: text of a user (prefixes, origins) is
//! literal and never becomes a wildcard, a variable, a shell word or a Terraform expression; a
//! document that a store could not read as meant is refused, never widened; a session policy is
//! never empty. What a store's policy language is like stands in one place, [`dialect`].

pub mod arn;
pub mod azure;
pub mod condition;
pub mod dialect;
pub mod gcp;
pub mod lint;
pub mod read;
pub mod remedy;
pub mod simulate;

mod bucket;
mod document;
mod error;
mod kms;
mod literal;
#[cfg(test)]
mod matcher;
mod permission;
mod session;
mod setup;
mod trust;

pub use bucket::{Networks, bucket_policy, cors_document};
pub use dialect::Dialect;
pub use error::PolicyError;
pub use kms::kms_key_policy;
pub use permission::permission_policy;
pub use session::{MAX_SESSION_POLICY, session_policy};
pub use setup::{Flavour, FlavourKind, quote, setup};
pub use trust::{
    Federation, assume_only_policy, deny_older_sessions, federated_trust_policy, revoke_sessions_statement,
    trust_policy,
};

/// What the hidden keys of a proof begin with, after the datasource's prefix.
pub const PROBE: &str = ".tidegate/probe-";
