//! Switching an integration off, and on again.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::ProofStatus;
use domain::{Error, ErrorKind, Result};
use store::proofs::ProofOwner;

use super::IntegrationView;
use super::connect::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::named::moved_on;

impl Broker {
    /// Pauses an integration: nothing is handed out through it until it is resumed.
    ///
    /// What was handed out before is not taken back by it; revoking is a separate act.
    ///
    /// # Errors
    /// `conflict` where it is paused already, or was never in use.
    pub async fn pause_integration(&self, caller: &Caller, project: &Name, name: &Name) -> Result<IntegrationView> {
        self.switch(caller, project, name, false).await
    }

    /// Resumes a paused integration, in the state that its last proof gives it.
    ///
    /// # Errors
    /// `conflict` where it is not paused.
    pub async fn resume_integration(&self, caller: &Caller, project: &Name, name: &Name) -> Result<IntegrationView> {
        self.switch(caller, project, name, true).await
    }

    async fn switch(&self, caller: &Caller, project: &Name, name: &Name, on: bool) -> Result<IntegrationView> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationChange, target).await?;
        let (broker, name, caller) = (self.clone(), name.clone(), caller.clone());
        let (now, installation) = (self.now(), self.installation());
        let view = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut integration = by_name(tx, &entered.project, &name).await?;
                    if (integration.state == IntegrationState::Paused) != on {
                        let is = if on { "not paused" } else { "paused already" };
                        return Err(Error::new(ErrorKind::Conflict, format!("the integration '{name}' is {is}")));
                    }
                    // Resuming goes by the last proof, which may be of what it was before it became a draft again.
                    if !on
                        && integration.state == IntegrationState::Pending
                        && broker.must_be_complete(&integration).is_ok()
                    {
                        let message = format!("the integration '{name}' is not in use yet, so it cannot be paused");
                        return Err(Error::new(ErrorKind::Conflict, message).with_hint("prove it or delete it"));
                    }
                    let owner = ProofOwner::Integration(integration.id);
                    let last = store::proofs::latest(tx, integration.project, owner).await?;
                    let waits = broker.method(&integration.method)?.descriptor().waits(&integration.settings);
                    // Pausing is the last change of a paused integration: a proof that failed since outweighs
                    // the wish not to prove.
                    let failed_since = last.as_ref().is_some_and(|last| {
                        last.proof.status == ProofStatus::Failed && last.proof.checked_at > integration.updated_at
                    });
                    integration.state = match (on, last.map(|last| last.proof.status)) {
                        (false, _) => IntegrationState::Paused,
                        // Its last proof may be of a role that was taken away since.
                        (true, _) if waits => IntegrationState::Pending,
                        (true, _) if integration.reason.is_some() && !failed_since => IntegrationState::Unproven,
                        (true, Some(ProofStatus::Passed)) => IntegrationState::Active,
                        (true, Some(ProofStatus::Failed | ProofStatus::Inconclusive)) => IntegrationState::Failed,
                        (true, None) => IntegrationState::Pending,
                    };
                    integration.updated_at = now;
                    if !store::integrations::update(tx, &integration).await? {
                        return Err(moved_on("integration", &name));
                    }
                    integration.revision = integration.revision.saturating_add(1);
                    let target = Target::new("integration", integration.id).with_name(&name);
                    let switched =
                        event(Action::IntegrationChange, Outcome::Done, entered.rule, target).with("paused", !on);
                    let log = Log::Project(integration.project);
                    append(tx, &installation, log, now, Some(&caller), &switched).await?;
                    let id = integration.id;
                    let viewer = broker.viewer(&entered.project, &integration.method);
                    Ok((id, viewer.read(tx, integration).await?))
                })
            })
            .await?;
        self.forget_integration(view.0);
        Ok(view.1)
    }
}
