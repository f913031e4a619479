//! Proving a stored datasource again, at any time.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::{Error, ErrorKind, Result};
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::place;
use super::rules::{usual_mode, wrong_mode};
use super::show::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::proofs::{Observer, not_passed, stored};

impl Broker {
    /// Proves a datasource and keeps the report; what it finds decides whether it is usable.
    ///
    /// Another mode than its own is good for this one report: failing makes the datasource unusable, but
    /// passing makes it usable only if the mode shows as much as its own.
    ///
    /// # Errors
    /// `invalid` for a mode that its purpose cannot have; `conflict` while the integration waits for its
    /// cloud side.
    pub async fn prove_datasource(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        mode: Option<ProofMode>,
        observer: &dyn Observer,
    ) -> Result<Proof> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceProve, target).await?;
        let (datasource, integration) = self.datasource_and_integration(&entered.project, name).await?;
        let own = match datasource.proof_mode {
            ProofMode::Off => usual_mode(datasource.purpose),
            own => own,
        };
        let mode = mode.unwrap_or(own);
        if mode == ProofMode::Off {
            return Err(Error::invalid("/mode", "proving cannot be off: change the datasource's own mode instead"));
        }
        if let Some(message) = wrong_mode(mode, datasource.purpose) {
            return Err(Error::invalid("/mode", message));
        }
        if integration.state == IntegrationState::Pending {
            let message = format!("its integration '{}' waits for its cloud side", integration.name);
            return Err(Error::new(ErrorKind::Conflict, message).with_hint("set 'role_arn' with 'integration edit'"));
        }
        let connection = self.connect(&entered.project, &integration).await?;
        let run = self.prove(caller, &entered, connection, mode, Some(place(&datasource)), observer).await;
        self.keep_datasource_proof(caller, entered, datasource, own, run.proof).await
    }

    pub(crate) async fn datasource_and_integration(
        &self,
        project: &StoredProject,
        name: &Name,
    ) -> Result<(Datasource, Integration)> {
        let (project, name) = (project.clone(), name.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let datasource = by_name(tx, &project, &name).await?;
                    let integration = store::integrations::get(tx, project.id, datasource.integration).await?;
                    let integration = integration.ok_or_else(|| Error::internal("a datasource has no integration"))?;
                    Ok((datasource, integration))
                })
            })
            .await
    }

    async fn keep_datasource_proof(
        &self,
        caller: &Caller,
        entered: Entered,
        datasource: Datasource,
        own: ProofMode,
        proof: Proof,
    ) -> Result<Proof> {
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let (answer, before) = (proof.clone(), datasource.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let owner = ProofOwner::Datasource(datasource.id);
                    store::proofs::insert(tx, datasource.project, owner, &stored(&proof)).await?;
                    let found = usable(own, &proof).filter(|usable| *usable != datasource.usable);
                    if let Some(usable) = found {
                        // Whoever changed it meanwhile has proven it himself.
                        let changed = Datasource { usable, updated_at: now, ..datasource.clone() };
                        store::datasources::update(tx, &changed).await?;
                    }
                    let target = Target::new("datasource", datasource.id).with_name(&datasource.name);
                    let status = serde_json::to_value(proof.status).map_err(Error::internal)?;
                    let proved = event(Action::DatasourceProve, Outcome::Done, entered.rule, target)
                        .with("mode", proof.mode.as_str())
                        .with("status", status)
                        .with("checks", not_passed(&proof));
                    append(tx, &installation, Log::Project(datasource.project), now, Some(&caller), &proved).await
                })
            })
            .await?;
        if answer.status == ProofStatus::Failed {
            self.forget_sessions_of(&before);
        }
        Ok(answer)
    }

    /// The proofs of a datasource, the newest first.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn list_datasource_proofs(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        page: PageAsk,
    ) -> Result<Page<Proof>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named("datasource", name)).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let datasource = by_name(tx, &entered.project, &name).await?;
                    let owner = ProofOwner::Datasource(datasource.id);
                    let found = store::proofs::history(tx, datasource.project, owner, &page).await?;
                    Ok(found.map(|stored| stored.proof))
                })
            })
            .await
    }
}

/// What a proof says about using a datasource whose own mode this is; none if it says nothing.
fn usable(own: ProofMode, proof: &Proof) -> Option<bool> {
    match proof.status {
        ProofStatus::Passed => (proof.mode == own || proof.mode == ProofMode::Full).then_some(true),
        ProofStatus::Failed => Some(false),
        ProofStatus::Inconclusive => None,
    }
}
