//! The console in a real browser; the modules mirror its paths.
//!
//! Every test passes each page and state it reaches to `judge`, which also takes its picture for
//! `cargo xtask screenshots`.

mod account;
mod audit;
mod clouds;
mod datasources;
mod grants;
mod integrations;
mod local_directory;
mod main_job;
mod manual;
mod methods;
mod objects;
mod overview;
mod people;
mod policy;
mod proofs;
mod sign_in;
mod support;
