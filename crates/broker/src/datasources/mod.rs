//! Buckets and prefixes with a purpose, each through an integration.
//!
//! What always holds: a datasource is kept or changed only in a state that was proven, unless its proof
//! was switched off with a reason; access is handed out only while it is usable.

mod change;
mod create;
mod delete;
mod prove;
mod rules;
mod show;
mod used;

pub use change::ChangeDatasource;
pub use create::NewDatasource;
pub(crate) use prove::{can_be_proven, own_mode};
pub use rules::ProofChoice;
pub(crate) use rules::{wrong_origin, wrong_region};
pub use show::{DatasourceQuery, DatasourceView};
pub(crate) use show::{by_name, every};
pub use used::DatasourceUse;

use domain::datasource::Datasource;

use crate::proofs::ProofPlace;

/// What the proof of a datasource is about.
fn place(datasource: &Datasource) -> ProofPlace {
    ProofPlace {
        bucket: datasource.bucket.clone(),
        prefix: datasource.prefix.clone(),
        purpose: datasource.purpose,
        region: datasource.region.clone(),
        sse: datasource.sse.clone(),
        cors_origin: datasource.cors_origin.clone(),
    }
}
