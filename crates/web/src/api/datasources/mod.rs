//! Buckets and prefixes with a purpose.

mod change;
mod create;
mod delete;
mod list;
mod proofs;
mod prove;
mod show;

pub(super) use change::*;
pub(super) use create::*;
pub(super) use delete::*;
pub(super) use list::*;
pub(super) use proofs::*;
pub(super) use prove::*;
pub(super) use show::*;

use axum::http::StatusCode;
use broker::{Created, DatasourceView};
use domain::Result;
use domain::proof::{Proof, ProofMode};
use serde::{Deserialize, Serialize};

use crate::face::Shown;

/// A datasource that was made or changed, and how it was shown to work.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProvenDatasource {
    /// The datasource.
    datasource: DatasourceView,
    /// Its proof; none where the proof is off.
    proof: Option<Proof>,
}

impl ProvenDatasource {
    fn shown(status: StatusCode, created: Created<DatasourceView>) -> Result<Shown> {
        let revision = created.made.revision;
        Shown::result(status, &Self { datasource: created.made, proof: created.proof }, revision)
    }
}

/// How a datasource is proven.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofChoice {
    /// The mode.
    mode: ProofMode,
    /// Why; needed where the proof is off.
    reason: Option<String>,
}

impl From<ProofChoice> for broker::ProofChoice {
    fn from(choice: ProofChoice) -> Self {
        Self { mode: choice.mode, reason: choice.reason }
    }
}
