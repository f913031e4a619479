//! The HTTP interface, path by path.

mod access;
mod azure;
mod clouds;
mod datasources;
mod integrations;
mod keyless;
mod kms;
mod local_directory;
mod objects;
mod proof_runs;
mod requests;
