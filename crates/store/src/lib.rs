//! What Tidegate keeps: one store, on SQLite or PostgreSQL, and a module per noun.
//!
//! [`Store`] runs units of work; the functions of the modules take the unit's [`Tx`] and are
//! joined freely, so that a change and its audit record are one. What always holds:
//! - a unit is kept whole and durably, or not at all, and nobody is told before;
//! - everything that belongs to a project is found only together with the project's id;
//! - uniqueness and references are constraints of the database, never looked up first;
//! - secrets come here sealed. No plain secret, token or password is ever in a statement.

mod engine;

pub mod audit;
pub mod datasources;
pub mod governance;
pub mod grants;
pub mod idempotency;
pub mod installation;
pub mod integrations;
pub mod issuer_keys;
pub mod last_proofs;
pub mod latencies;
pub mod members;
pub mod passwords;
pub mod principals;
pub mod project_keys;
pub mod projects;
pub mod proof_runs;
pub mod proof_schedule;
pub mod proofs;
pub mod revocations;
pub mod secrets;
pub mod tokens;

pub use engine::{Engine, Manifest, Query, Row, Statistics, Store, StoreConfig, StoreError, Tx, Value};
