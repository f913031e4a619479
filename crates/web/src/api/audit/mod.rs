//! What was done: of a project, and of the installation.

mod checkpoint;
mod key;
mod list;
mod proof;

pub(super) use checkpoint::*;
pub(super) use key::*;
pub(super) use list::*;
pub(super) use proof::*;

use broker::AuditScope;

use crate::face::{Failure, name};

/// The log of the project that a path names.
fn of_project(project: &str) -> Result<AuditScope, Failure> {
    Ok(AuditScope::Project(name("project", project)?))
}
