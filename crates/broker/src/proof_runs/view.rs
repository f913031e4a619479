//! Showing runs, while they go on and afterwards.

use authz::Action;
use domain::audit::Target;
use domain::id::ProofRunId;
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Check, Proof, ProofMode};
use domain::proof_run::{RunCause, RunState};
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::proof_runs::StoredRun;

use crate::Broker;
use crate::proofs::Proven;

/// What is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RunSubject {
    /// `integration` or `datasource`.
    pub kind: String,
    /// Its name.
    pub name: Name,
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RunError {
    /// A code as in a problem document.
    pub code: String,
    /// What happened, why, and what mends it.
    pub message: String,
}

/// A run as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProofRunView {
    /// Never reused.
    pub id: String,
    /// What is proven.
    pub subject: RunSubject,
    /// Why.
    pub cause: RunCause,
    /// How far it has come.
    pub state: RunState,
    /// How it is proven.
    pub mode: ProofMode,
    /// The checks that have ended so far, in the order in which they did; those of the proof, once it is done.
    pub checks: Vec<Check>,
    /// The whole report, once it is done.
    pub proof: Option<Proof>,
    /// Why there is no proof, where it failed to run.
    pub error: Option<RunError>,
    /// Who asked for it or changed what is proven; none where its time had come.
    pub requested_by: Option<String>,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// A run with its proof and the name of who asked for it.
pub(super) async fn view(tx: &mut Tx, run: StoredRun) -> Result<ProofRunView> {
    let requested_by = match run.what.requested_by {
        Some(id) => store::principals::get(tx, id).await?.map(|found| found.principal.name),
        None => None,
    };
    let proof = match run.proof {
        Some(id) => store::proofs::get(tx, run.what.project, id).await?.map(|stored| stored.proof),
        None => None,
    };
    Ok(ProofRunView {
        id: run.id.to_string(),
        subject: RunSubject { kind: run.what.owner.kind().to_owned(), name: run.what.name },
        cause: run.what.cause,
        state: run.state,
        mode: run.what.mode,
        // The last to end are written with the proof alone.
        checks: proof.as_ref().map_or(run.progress, |proof| proof.checks.clone()),
        proof,
        error: run.error.map(|(code, message)| RunError { code, message }),
        requested_by,
        created_at: run.created_at,
        started_at: run.started_at,
        finished_at: run.finished_at,
    })
}

impl Broker {
    /// One run, for a week after it was over.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_proof_run(&self, caller: &Caller, project: &Name, id: ProofRunId) -> Result<ProofRunView> {
        let entered = self.enter(caller, project, Action::ProofList, Target::new("proof-run", id)).await?;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::proof_runs::get(tx, entered.project.id, id).await?;
                    view(tx, found.ok_or_else(|| Error::not_found("run of a proof", &id.to_string()))?).await
                })
            })
            .await
    }

    /// The run of something that is not over, if there is one.
    ///
    /// # Errors
    /// `not_found` for what is not there and what the caller may not see.
    pub async fn current_proof_run(
        &self,
        caller: &Caller,
        project: &Name,
        of: Proven,
        name: &Name,
    ) -> Result<Option<ProofRunView>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named(of.as_str(), name)).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let owner = of.find(tx, &entered.project, &name).await?;
                    match store::proof_runs::unfinished(tx, entered.project.id, owner).await? {
                        Some(run) => view(tx, run).await.map(Some),
                        None => Ok(None),
                    }
                })
            })
            .await
    }
}
