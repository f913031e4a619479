//! People: made and changed by the installation's administrator.

mod change;
mod change_password;
mod create;
mod list;
mod remove;
mod reset_password;
mod show;

pub(super) use change::*;
pub(super) use change_password::*;
pub(super) use create::*;
pub(super) use list::*;
pub(super) use remove::*;
pub(super) use reset_password::*;
pub(super) use show::*;
