//! The methods of connecting.

mod list;

pub(super) use list::*;
