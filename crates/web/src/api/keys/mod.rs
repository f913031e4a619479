//! The keys that secrets are sealed with; never the keys themselves.

mod rewrap;
mod rotate;
mod status;

pub(super) use rewrap::*;
pub(super) use rotate::*;
pub(super) use status::*;
