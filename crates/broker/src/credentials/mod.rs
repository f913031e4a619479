//! Short-lived credentials, narrowed to what was asked for.

mod issue;

pub use issue::{CredentialAsk, IssuedCredential};
