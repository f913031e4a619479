//! What follows from a proof for what is made, changed and written down.

use std::sync::Arc;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::ProofId;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::provider::Connection;
use domain::{Error, ErrorKind};
use jiff::Timestamp;
use serde::Serialize;
use store::projects::StoredProject;
use store::proofs::StoredProof;

use super::{Observer, ProofAsk, ProofPlace, Prover, Run};
use crate::Broker;
use crate::audit::{Log, event};
use crate::decide::Entered;
use crate::integrations::tags_for;

/// What was made or changed, and how it was shown to work.
pub struct Created<T> {
    /// What was made or changed.
    pub made: T,
    /// Its proof; none where it is pending or the proof is off.
    pub proof: Option<Proof>,
}

/// The last proof in short.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LastProof {
    /// How it ended.
    pub status: ProofStatus,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Timestamp,
}

impl LastProof {
    pub(crate) fn of(last: &store::last_proofs::LastProof) -> Self {
        Self { status: last.status, checked_at: last.checked_at }
    }
}

impl Broker {
    /// Proves a connection, and a place behind it if one is given.
    pub(crate) async fn prove(
        &self,
        caller: &Caller,
        entered: &Entered,
        connection: Arc<dyn Connection>,
        mode: ProofMode,
        place: Option<ProofPlace>,
        observer: &dyn Observer,
    ) -> Run {
        let prover = Prover::caller(caller, entered.rule);
        self.prove_for(&prover, &entered.project, connection, mode, place, observer).await
    }

    /// The same on anybody's behalf.
    pub(crate) async fn prove_for(
        &self,
        prover: &Prover,
        project: &StoredProject,
        connection: Arc<dyn Connection>,
        mode: ProofMode,
        place: Option<ProofPlace>,
        observer: &dyn Observer,
    ) -> Run {
        let ask = ProofAsk {
            connection,
            fetch: self.0.parts.fetch.as_ref(),
            now: self.now(),
            mode,
            tags: tags_for(project, prover.principal()),
            place,
            cut: prover.cut.clone(),
        };
        super::run(&ask, observer).await
    }

    /// Writes down that nothing was made or changed, because the proof did not pass; gives the error.
    pub(crate) async fn refuse_unproven(
        &self,
        caller: &Caller,
        entered: &Entered,
        action: Action,
        target: Target,
        run: &Run,
    ) -> Error {
        let error = proof_error(run);
        let failed = event(action, Outcome::Failed, entered.rule, target)
            .with("code", error.code())
            .with("checks", not_passed(&run.proof));
        match self.record(Log::Project(entered.project.id), Some(caller), failed).await {
            Ok(()) => error,
            Err(unavailable) => unavailable,
        }
    }
}

fn proof_error(run: &Run) -> Error {
    let error = match (run.trust_open, run.proof.status) {
        (Some(bound_by), _) => super::trust::open_to_others(bound_by),
        (None, ProofStatus::Inconclusive) => {
            Error::new(ErrorKind::ProofFailed, "the proof could not be finished, so nothing was kept")
                .with_retryable(true)
        }
        (None, ProofStatus::Failed | ProofStatus::Passed) => {
            Error::new(ErrorKind::ProofFailed, "the proof failed, so nothing was kept")
        }
    };
    error.with_proof(run.proof.clone())
}

/// A proof on its way into the store.
pub(crate) fn stored(proof: &Proof) -> StoredProof {
    StoredProof { id: ProofId::new(), proof: proof.clone() }
}

/// The checks that did not pass, for the audit.
pub(crate) fn not_passed(proof: &Proof) -> serde_json::Value {
    use domain::proof::CheckStatus::{Passed, Skipped};
    let open = proof.checks.iter().filter(|check| !matches!(check.status, Passed | Skipped));
    open.map(|check| check.name.as_str()).collect::<Vec<_>>().into()
}
