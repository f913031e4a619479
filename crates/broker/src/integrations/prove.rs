//! Proving a stored integration again, at any time.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::step::Step;
use domain::{Error, Result};
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::connect::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::proof_runs::prove_datasources_of;
use crate::proofs::{Observer, Prover, Run, keep, not_passed};

impl Broker {
    /// Proves an integration and keeps the report; what it finds decides the state.
    ///
    /// An integration that was changed while it was being proven keeps its state: the report is about
    /// what it was before. One that was never in use becomes so by a proof that passed, and by nothing else.
    ///
    /// # Errors
    /// `conflict` while the cloud side is not finished.
    pub async fn prove_integration(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        observer: &dyn Observer,
    ) -> Result<Proof> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationProve, target).await?;
        let (asked, stored) = (name.clone(), entered.project.clone());
        let integration =
            self.store().read(move |tx| Box::pin(async move { by_name(tx, &stored, &asked).await })).await?;
        let prover = Prover::caller(caller, entered.rule);
        self.prove_stored_integration(&prover, &entered.project, integration, observer).await
    }

    /// Proves an integration on anybody's behalf and keeps the report.
    pub(crate) async fn prove_stored_integration(
        &self,
        prover: &Prover,
        project: &StoredProject,
        integration: Integration,
        observer: &dyn Observer,
    ) -> Result<Proof> {
        self.must_be_complete(&integration)?;
        let connection = self.connect(project, &integration).await?;
        prover.must_be_somebody(connection.facts())?;
        let run = self.prove_for(prover, project, connection, ProofMode::Full, None, observer).await;
        prover.must_go_on()?;
        self.reached(Step::ProofRunProven);
        self.keep_integration_proof(prover, integration, run).await
    }

    async fn keep_integration_proof(&self, prover: &Prover, integration: Integration, run: Run) -> Result<Proof> {
        let (now, installation, prover, id) = (self.now(), self.installation(), prover.clone(), integration.id);
        let proof = run.proof.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let what = (integration.project, ProofOwner::Integration(id), &integration.name);
                    let kept = keep(tx, what, &run.proof, prover.rule, now).await?;
                    prover.finish(tx, &kept.proof, now).await?;
                    if let Some(state) = state_found(integration.state, &run) {
                        let mut changed = integration.clone();
                        (changed.state, changed.reason, changed.updated_at) = (state, None, now);
                        let is_current = store::integrations::update(tx, &changed).await?;
                        if is_current && integration.state == IntegrationState::Pending {
                            prove_datasources_of(tx, &changed, prover.principal(), now).await?;
                        }
                    }
                    let target = Target::new("integration", id).with_name(&integration.name);
                    let status = serde_json::to_value(run.proof.status).map_err(Error::internal)?;
                    let proved = event(Action::IntegrationProve, Outcome::Done, prover.rule, target)
                        .with("status", status)
                        .with("checks", not_passed(&run.proof));
                    let (log, caller) = (Log::Project(integration.project), prover.caller.as_ref());
                    append(tx, &installation, log, now, caller, &prover.describe(proved)).await?;
                    if let Some(changed) = &kept.changed {
                        append(tx, &installation, log, now, caller, changed).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.wake_proof_runs();
        if proof.status == ProofStatus::Failed {
            self.forget_integration(id);
        }
        Ok(proof)
    }
}

/// The state that a proof leads to, where it is another one.
fn state_found(before: IntegrationState, run: &Run) -> Option<IntegrationState> {
    let found = match (run.proof.status, before) {
        (_, IntegrationState::Paused) => return None,
        (ProofStatus::Passed, _) if run.trust_open.is_none() => IntegrationState::Active,
        // What was never in use goes on being mended.
        (_, IntegrationState::Pending) => return None,
        (ProofStatus::Passed | ProofStatus::Failed, _) => IntegrationState::Failed,
        // Nothing was learnt, so nothing changes.
        (ProofStatus::Inconclusive, _) => return None,
    };
    (found != before).then_some(found)
}
