//! The methods of connecting: AWS S3 and stores that speak its language, Google Cloud, Azure, local directories.
//!
//! [`registry()`] is the only door: it gives every method as a `domain::provider::Provider`. All requests go
//! out through `net::Transport`; keys are sent byte for byte; no error ever holds a secret or a signature.

mod answer;
mod aws;
mod azure;
mod connection;
mod gcp;
mod iam;
mod local_directory;
mod object_headers;
mod registry;
mod s3;
mod s3_compatible;
mod settings;
mod setup;
mod signed;
mod sts;
mod tell;
mod xml;

#[cfg(test)]
mod tests;

pub use aws::own_principal_arn;
pub use gcp::gcp_identity_audience;
pub use registry::{AwsDeps, AzureDeps, Deps, GcpDeps, LocalDeps, OwnIdentity, OwnKeys, Registry, registry};
