//! Projects: tenants. Everything below belongs to one.

mod create;
mod delete;
mod overview;
mod show;

pub use overview::{DatasourceCounts, IntegrationCounts, OldSecret, Overview, ProofLine, ProofSubject, Refusals};
pub use show::ProjectView;

pub(crate) use overview::{OLD, back};
