//! Tidegate as an issuer of tokens: what clouds read of it, and its keys.

mod documents;
mod rotate;
mod show;

pub(super) use documents::*;
pub(super) use rotate::*;
pub(super) use show::*;
