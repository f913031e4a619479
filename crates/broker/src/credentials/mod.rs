//! Short-lived credentials, narrowed to what was asked for.

mod issue;
mod narrowing;

pub use issue::{CredentialAsk, IssuedCredential};
