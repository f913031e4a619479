//! What was handed out, and taking it back.

mod list;
mod preview;
mod revoke;
mod revoke_by;
mod show;

pub(super) use list::*;
pub(super) use revoke::*;
pub(super) use revoke_by::*;
pub(super) use show::*;
