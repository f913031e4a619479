//! Programs that belong to a project.

mod change;
mod create;
mod list;
mod remove;
mod show;

pub(super) use change::*;
pub(super) use create::*;
pub(super) use list::*;
pub(super) use remove::*;
pub(super) use show::*;
