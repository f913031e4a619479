//! Names and ids in a path.

use std::str::FromStr;

use domain::Error;
use domain::name::Name;

use super::Failure;

/// A name of the path; what is no name is the name of nothing.
pub(crate) fn name(what: &str, text: &str) -> Result<Name, Failure> {
    parsed(what, text)
}

/// The same for a user's name, or an id.
pub(crate) fn parsed<T: FromStr>(what: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure(Error::not_found(what, &text.chars().take(100).collect::<String>())))
}
