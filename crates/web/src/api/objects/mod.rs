//! Objects of datasources.

mod list;

pub(super) use list::*;
