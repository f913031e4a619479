//! The two databases behind one way of speaking to them.
//!
//! A unit of work sees only a [`Tx`]: statements with `$1` placeholders, [`Value`]s in, [`Row`]s
//! out. It behaves the same on both engines; in particular a unit whose statement has failed can
//! only end, and leaves nothing behind.

pub(crate) mod backup;
mod error;
mod joined;
mod migrate;
mod paging;
mod postgres;
mod query;
mod restore;
mod row;
mod sqlite;
mod store;
mod tx;
mod value;
mod writer;

pub use backup::Manifest;
pub use error::StoreError;
pub use query::Query;
pub use row::Row;
pub use store::{Statistics, Store, StoreConfig};
pub use tx::{Engine, Tx};
pub use value::Value;

pub(crate) use paging::{after, page};
pub(crate) use value::{json, word};
