//! Objects that Tidegate serves itself, where a store has no URLs of its own.
//!
//! A URL names its grant and is signed by the installation. It works while its grant does: taking the grant back
//! ends it at once. Each use is written down before a byte leaves or anything is changed.

mod open;
mod url;

pub use open::{Served, ServedObject, Use};
pub(crate) use url::{OwnSigner, base};
