//! Projects: tenants.

mod create;
mod delete;
mod list;
mod show;

pub(super) use create::*;
pub(super) use delete::*;
pub(super) use list::*;
pub(super) use show::*;
