//! What is said of stored objects that have a name and a revision.

use domain::name::Name;
use domain::{Error, ErrorKind};

/// The name belongs to another object of the project.
pub(crate) fn name_taken(what: &str, name: &Name, which: &str) -> Error {
    Error::new(ErrorKind::NameTaken, format!("there is already the {what} '{name}' ({which}) in this project"))
        .at("/name")
}

/// The object was changed since the caller read it.
pub(crate) fn moved_on(what: &str, name: &Name) -> Error {
    Error::new(ErrorKind::PreconditionFailed, format!("the {what} '{name}' was changed since you read it"))
        .with_hint("read it again, look at what changed, and send your change with the new ETag")
}
