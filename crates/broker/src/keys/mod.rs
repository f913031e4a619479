//! Keeping secrets: sealed for one row of one project, opened only to connect.

mod rewrap;
mod rotate;
mod vault;

pub use rewrap::{KeyStatus, NewRoot, ProjectKeyStatus, Rewrapped};
pub use rotate::Rotated;
pub(crate) use vault::{SecretInfo, Vault};
