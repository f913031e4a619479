//! On whose behalf something stored is proven.
//!
//! A caller waits for the report; a run goes on without one, for the person who asked for it or for nobody,
//! and is kept only by the server that still holds it.

use domain::principal::{Caller, Principal};
use domain::proof::Proof;
use domain::proof_run::RunCause;
use domain::provider::Facts;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::proof_runs::{RunEnd, StoredRun};
use store::proofs::StoredProof;
use tokio_util::sync::CancellationToken;

/// Who has something proven.
#[derive(Clone)]
pub(crate) struct Prover {
    /// Who waits for it, if anybody does.
    pub(crate) caller: Option<Caller>,
    /// The rule that let it happen, for the audit.
    pub(crate) rule: &'static str,
    /// Ends the proof early; what was found until then is kept.
    pub(crate) cut: CancellationToken,
    principal: Option<Principal>,
    run: Option<StoredRun>,
    stopping: CancellationToken,
}

impl Prover {
    /// A caller, who was let in by this rule.
    pub(crate) fn caller(caller: &Caller, rule: &'static str) -> Self {
        Self {
            caller: Some(caller.clone()),
            rule,
            cut: CancellationToken::new(),
            principal: Some(caller.principal.clone()),
            run: None,
            stopping: CancellationToken::new(),
        }
    }

    /// A run, for whoever asked for it; nothing of it is kept once the server is `stopping`.
    pub(crate) fn run(run: StoredRun, principal: Option<Principal>, stopping: &CancellationToken) -> Self {
        let rule = match run.what.cause {
            RunCause::Asked => "proof-asked",
            RunCause::Schedule => "proof-schedule",
            RunCause::Change => "proof-after-change",
        };
        let (cut, stopping) = (stopping.child_token(), stopping.clone());
        Self { caller: None, rule, cut, principal, run: Some(run), stopping }
    }

    /// The person or program that sessions are opened for.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Facts of the run for the audit.
    pub(crate) fn describe(&self, mut event: domain::audit::Event) -> domain::audit::Event {
        if let Some(run) = &self.run {
            event = event.with("run", run.id.to_string()).with("cause", run.what.cause.as_str());
            event = event.with("requested_by", run.what.requested_by.map(|id| id.to_string()));
        }
        event
    }

    /// Refuses to prove for nobody what differs from person to person.
    pub(crate) fn must_be_somebody(&self, facts: &Facts) -> Result<()> {
        if self.principal.is_some() || facts.user_properties.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the role differs from person to person (by {}), so it is proven only when somebody asks",
            facts.user_properties.join(", ")
        );
        Err(Error::new(ErrorKind::Unsupported, message).with_hint("run the proof yourself"))
    }

    /// Refuses to keep what a stopping server has cut off.
    pub(crate) fn must_go_on(&self) -> Result<()> {
        if self.stopping.is_cancelled() { Err(taken_away()) } else { Ok(()) }
    }

    /// Ends the run with its proof, in the unit that keeps it.
    pub(crate) async fn finish(&self, tx: &mut Tx, kept: &StoredProof, here: Timestamp) -> Result<()> {
        let Some(run) = &self.run else { return Ok(()) };
        let now = store::proof_runs::clock(tx, here).await?;
        let Proof { status, .. } = kept.proof;
        match store::proof_runs::finish(tx, run.hold(), now, &RunEnd::Proof(kept.id, status)).await? {
            true => Ok(()),
            false => Err(taken_away()),
        }
    }
}

/// The run belongs to another server now, or goes back to the queue.
fn taken_away() -> Error {
    Error::new(ErrorKind::Conflict, "this run was taken away before its proof could be kept").with_retryable(true)
}
