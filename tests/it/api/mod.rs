//! The HTTP interface, path by path.

mod access;
mod datasources;
mod integrations;
mod kms;
mod objects;
mod proof_runs;
mod requests;
