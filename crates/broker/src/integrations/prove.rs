//! Proving a stored integration again, at any time.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::{Error, ErrorKind, Result};
use store::proofs::ProofOwner;

use super::connect::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::proofs::{Observer, not_passed, stored};

impl Broker {
    /// Proves an integration and keeps the report; what it finds decides the state.
    ///
    /// An integration that was changed while it was being proven keeps its state: the report is about
    /// what it was before.
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
        if integration.state == IntegrationState::Pending {
            let message = format!("the integration '{name}' waits for its cloud side");
            return Err(Error::new(ErrorKind::Conflict, message).with_hint("set 'role_arn' with 'integration edit'"));
        }
        let connection = self.connect(&entered.project, &integration).await?;
        let run = self.prove(caller, &entered, connection, ProofMode::Full, None, observer).await;
        self.keep_integration_proof(caller, entered, integration, run.proof).await
    }

    async fn keep_integration_proof(
        &self,
        caller: &Caller,
        entered: Entered,
        integration: Integration,
        proof: Proof,
    ) -> Result<Proof> {
        let (now, installation, caller, id) = (self.now(), self.installation(), caller.clone(), integration.id);
        let answer = proof.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    store::proofs::insert(tx, integration.project, ProofOwner::Integration(id), &stored(&proof))
                        .await?;
                    if let Some(state) = state_found(integration.state, proof.status) {
                        let mut changed = integration.clone();
                        (changed.state, changed.reason, changed.updated_at) = (state, None, now);
                        store::integrations::update(tx, &changed).await?;
                    }
                    let target = Target::new("integration", id).with_name(&integration.name);
                    let status = serde_json::to_value(proof.status).map_err(Error::internal)?;
                    let proved = event(Action::IntegrationProve, Outcome::Done, entered.rule, target)
                        .with("status", status)
                        .with("checks", not_passed(&proof));
                    append(tx, &installation, Log::Project(integration.project), now, Some(&caller), &proved).await
                })
            })
            .await?;
        if answer.status == ProofStatus::Failed {
            self.forget_integration(id);
        }
        Ok(answer)
    }

    /// The proofs of an integration, the newest first.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn list_integration_proofs(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        page: PageAsk,
    ) -> Result<Page<Proof>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named("integration", name)).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = by_name(tx, &entered.project, &name).await?;
                    let owner = ProofOwner::Integration(integration.id);
                    let found = store::proofs::history(tx, integration.project, owner, &page).await?;
                    Ok(found.map(|stored| stored.proof))
                })
            })
            .await
    }
}

/// The state that a proof leads to, where it is another one.
fn state_found(before: IntegrationState, status: ProofStatus) -> Option<IntegrationState> {
    let found = match status {
        ProofStatus::Passed => IntegrationState::Active,
        ProofStatus::Failed => IntegrationState::Failed,
        // Nothing was learnt, so nothing changes.
        ProofStatus::Inconclusive => return None,
    };
    (found != before && before != IntegrationState::Paused).then_some(found)
}
