//! Who may do what in a project.

mod add;
mod change;
mod list;
mod remove;
mod show;

pub(super) use add::*;
pub(super) use change::*;
pub(super) use list::*;
pub(super) use remove::*;
pub(super) use show::*;
