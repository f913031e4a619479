//! Secure connections to providers.

mod browse;
mod change;
mod create;
mod delete;
mod list;
mod proofs;
mod prove;
mod roll_back;
mod secrets;
mod show;
mod switch;

pub(super) use browse::*;
pub(super) use change::*;
pub(super) use create::*;
pub(super) use delete::*;
pub(super) use list::*;
pub(super) use proofs::*;
pub(super) use prove::*;
pub(super) use roll_back::*;
pub(super) use secrets::*;
pub(super) use show::*;
pub(super) use switch::*;

use axum::http::StatusCode;
use broker::{Created, IntegrationView};
use domain::proof::Proof;
use domain::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::face::Shown;

/// The longest reason for not proving, in bytes.
const LONGEST_REASON: usize = 1000;

/// An integration that was made or changed, and how it was shown to work.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProvenIntegration {
    /// The integration.
    integration: IntegrationView,
    /// Its proof; none where the cloud side is not finished or the proof is off.
    proof: Option<Proof>,
}

impl ProvenIntegration {
    fn shown(status: StatusCode, created: Created<IntegrationView>) -> Result<Shown> {
        let revision = created.made.revision;
        Shown::result(status, &Self { integration: created.made, proof: created.proof }, revision)
    }
}

/// The only choice that an integration's proof has.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProofOff {
    /// It is not proven, for a reason.
    Off,
}

/// Why an integration is not proven, if it is not to be.
fn unproven(proof: Option<ProofOff>, reason: Option<String>) -> Result<Option<String>> {
    match (proof, reason) {
        (None, None) => Ok(None),
        (Some(ProofOff::Off), Some(reason)) if reason.trim().is_empty() => {
            Err(Error::invalid("/reason", "the reason cannot be blank"))
        }
        (Some(ProofOff::Off), Some(reason)) if reason.len() > LONGEST_REASON => {
            Err(Error::invalid("/reason", format!("at most {LONGEST_REASON} bytes are allowed")))
        }
        (Some(ProofOff::Off), Some(reason)) => Ok(Some(reason)),
        (Some(ProofOff::Off), None) => Err(Error::invalid("/reason", "say why it is not proven")),
        (None, Some(_)) => Err(Error::invalid("/reason", "a reason goes with \"proof\": \"off\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_and_switching_the_proof_off_go_together() {
        let pointer = |proof, reason: Option<&str>| {
            unproven(proof, reason.map(str::to_owned)).map_err(|error| error.fields()[0].pointer.clone())
        };
        assert_eq!(pointer(None, None), Ok(None));
        assert_eq!(pointer(Some(ProofOff::Off), Some("later")), Ok(Some("later".to_owned())));
        for (proof, reason) in [(Some(ProofOff::Off), None), (Some(ProofOff::Off), Some(" ")), (None, Some("later"))] {
            assert_eq!(pointer(proof, reason), Err("/reason".to_owned()));
        }
    }
}
