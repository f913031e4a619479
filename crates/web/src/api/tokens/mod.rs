//! API tokens of a project.

mod create;
mod list;
mod revoke;

pub(super) use create::*;
pub(super) use list::*;
pub(super) use revoke::*;
