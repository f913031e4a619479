//! The objects of a datasource, listed.
//!
//! What always holds: nothing outside the datasource's prefix is listed, whatever a cursor or a store
//! says; one call asks the store for a bounded number of pages.

mod cursor;
mod filter;
mod list;
mod relevant;
mod scan;

pub use list::ObjectQuery;
pub use scan::ObjectPage;

pub(crate) use cursor::Cursor;
