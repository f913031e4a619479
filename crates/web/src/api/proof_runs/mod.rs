//! Proofs that nobody waits for.

mod of_datasource;
mod of_integration;
mod show;

pub(super) use of_datasource::*;
pub(super) use of_integration::*;
pub(super) use show::*;
