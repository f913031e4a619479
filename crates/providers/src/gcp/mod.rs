//! Google Cloud Storage, by three ways of being somebody there.
//!
//! All methods end in one [`connection::GcpConnection`]: they differ in where its access tokens come from. What
//! always holds: tokens go to Google, or to where the operator said, and never to an address of a tenant; a
//! service account's key and a token that is not narrowed never leave; known limits are checked before anything
//! is asked. URLs are signed with the key of a service account, here or by Google (`signBlob`).

mod account;
mod answer;
mod connection;
mod cross_project;
mod endpoints;
mod fields;
mod key_file;
mod pool;
mod service_account_key;
mod setup;
mod storage;
#[cfg(test)]
mod tests;
mod tokens;
mod wire;
mod workload_identity;

pub(crate) use cross_project::CrossProject;
pub use pool::gcp_identity_audience;
pub(crate) use service_account_key::ServiceAccountKey;
pub(crate) use workload_identity::WorkloadIdentity;
