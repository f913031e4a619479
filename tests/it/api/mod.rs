//! The HTTP interface, path by path.

mod access;
mod azure;
mod azure_proofs;
mod cloud_logs;
mod clouds;
mod datasources;
mod gcp_proofs;
mod integrations;
mod keyless;
mod kms;
mod local_directory;
mod objects;
mod pools;
mod proof_runs;
mod requests;
mod sealed;
mod setups;
mod tools;
