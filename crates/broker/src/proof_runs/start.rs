//! Asking for a proof without waiting for it.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::ProofMode;
use domain::proof_run::RunCause;
use domain::{Error, Result};
use store::Tx;
use store::proof_runs::NewRun;
use store::proofs::ProofOwner;

use super::ProofRunView;
use super::execute::action;
use super::view::view;
use crate::Broker;
use crate::audit::{Log, append, event};

impl Broker {
    /// Has an integration proven, and tells which run does it: a new one, or the one that is not over.
    ///
    /// # Errors
    /// `conflict` while the cloud side is not finished.
    pub async fn start_integration_proof(&self, caller: &Caller, project: &Name, name: &Name) -> Result<ProofRunView> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationProve, target).await?;
        let (broker, name, caller, here) = (self.clone(), name.clone(), caller.clone(), self.now());
        let started = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let integration = crate::integrations::by_name(tx, &entered.project, &name).await?;
                    broker.must_be_complete(&integration)?;
                    let now = store::proof_runs::clock(tx, here).await?;
                    let new = NewRun {
                        project: integration.project,
                        owner: ProofOwner::Integration(integration.id),
                        name: integration.name.clone(),
                        method: integration.method.clone(),
                        mode: ProofMode::Full,
                        cause: RunCause::Asked,
                        requested_by: Some(caller.principal.id),
                        due_at: now,
                    };
                    broker.ask_for(tx, &new, &caller, entered.rule).await
                })
            })
            .await?;
        self.wake_proof_runs();
        Ok(started)
    }

    /// Has a datasource proven, in its own mode unless another one is given.
    ///
    /// A run that goes on already is joined, whatever its mode.
    ///
    /// # Errors
    /// `invalid` for a mode that its purpose cannot have; `conflict` while the integration waits for its
    /// cloud side or its proof.
    pub async fn start_datasource_proof(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        mode: Option<ProofMode>,
    ) -> Result<ProofRunView> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceProve, target).await?;
        let (broker, name, caller, here) = (self.clone(), name.clone(), caller.clone(), self.now());
        let started = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let datasource = crate::datasources::by_name(tx, &entered.project, &name).await?;
                    let integration = store::integrations::get(tx, datasource.project, datasource.integration).await?;
                    let integration = integration.ok_or_else(|| Error::internal("a datasource has no integration"))?;
                    let mode = mode.unwrap_or_else(|| crate::datasources::own_mode(&datasource));
                    crate::datasources::can_be_proven(&datasource, &integration, mode)?;
                    let now = store::proof_runs::clock(tx, here).await?;
                    let new = NewRun {
                        project: datasource.project,
                        owner: ProofOwner::Datasource(datasource.id),
                        name: datasource.name.clone(),
                        method: integration.method,
                        mode,
                        cause: RunCause::Asked,
                        requested_by: Some(caller.principal.id),
                        due_at: now,
                    };
                    broker.ask_for(tx, &new, &caller, entered.rule).await
                })
            })
            .await?;
        self.wake_proof_runs();
        Ok(started)
    }

    /// Adds the run unless one goes on, and writes down who asked for it.
    async fn ask_for(&self, tx: &mut Tx, new: &NewRun, caller: &Caller, rule: &str) -> Result<ProofRunView> {
        let run = store::proof_runs::ask(tx, new, new.due_at).await?;
        let target = Target::new(new.owner.kind(), new.owner.id()).with_name(&new.name);
        let asked = event(action(new.owner), Outcome::Done, rule, target)
            .with("run", run.id.to_string())
            .with("mode", new.mode.as_str())
            .with("asked", true);
        let log = Log::Project(new.project);
        append(tx, &self.installation(), log, self.now(), Some(caller), &asked).await?;
        view(tx, run).await
    }
}
