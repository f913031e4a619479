//! The objects of a datasource, listed and looked at.
//!
//! What always holds: nothing outside the datasource's prefix is listed, whatever a cursor or a store
//! says; one call asks the store for a bounded number of pages.

mod cursor;
mod diagnose;
mod filter;
mod list;
mod origin;
mod relevant;
mod scan;
mod show;
mod verdict;

pub use diagnose::Diagnosis;
pub use list::ObjectQuery;
pub use origin::ObjectReach;
pub use scan::ObjectPage;
pub use show::ObjectView;
pub use verdict::{CorsFinding, ObjectVerdict};

pub(crate) use cursor::Cursor;
