//! The methods of Google Cloud. Objects are kept by fake-gcs-server; in all of it a double decides who may do what.
//!
//! `TIDEGATE_TEST_GCS` names fake-gcs-server; `testkit::GcpFront` stands before it.

mod keys;
mod narrowing;
mod objects;
mod pools;
mod probes;
mod signing;
mod trouble;
mod waiting;
pub(crate) mod world;
