//! Proving a stored datasource again, at any time.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::step::Step;
use domain::{Error, ErrorKind, Result};
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::place;
use super::rules::{usual_mode, wrong_mode};
use super::show::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::proofs::{Observer, Prover, Run, keep, not_passed};

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
        let mode = mode.unwrap_or_else(|| own_mode(&datasource));
        let prover = Prover::caller(caller, entered.rule);
        self.prove_stored_datasource(&prover, &entered.project, (datasource, integration), mode, observer).await
    }

    /// Proves a datasource on anybody's behalf and keeps the report.
    pub(crate) async fn prove_stored_datasource(
        &self,
        prover: &Prover,
        project: &StoredProject,
        (datasource, integration): (Datasource, Integration),
        mode: ProofMode,
        observer: &dyn Observer,
    ) -> Result<Proof> {
        can_be_proven(&datasource, &integration, mode)?;
        let connection = self.connect(project, &integration).await?;
        prover.must_be_somebody(connection.facts())?;
        let run = self.prove_for(prover, project, connection, mode, Some(place(&datasource)), observer).await;
        prover.must_go_on()?;
        self.reached(Step::ProofRunProven);
        self.keep_datasource_proof(prover, datasource, run).await
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

    async fn keep_datasource_proof(&self, prover: &Prover, datasource: Datasource, run: Run) -> Result<Proof> {
        let (now, installation, prover) = (self.now(), self.installation(), prover.clone());
        let (proof, before) = (run.proof.clone(), datasource.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(found) = found(&datasource, &run) {
                        // Before the proof, whose latency is kept under the region that it found. Whoever changed it meanwhile has proven it himself.
                        store::datasources::update(tx, &Datasource { updated_at: now, ..found }).await?;
                    }
                    let what = (datasource.project, ProofOwner::Datasource(datasource.id), &datasource.name);
                    let kept = keep(tx, what, &run.proof, prover.rule, now).await?;
                    prover.finish(tx, &kept.proof, now).await?;
                    let target = Target::new("datasource", datasource.id).with_name(&datasource.name);
                    let status = serde_json::to_value(run.proof.status).map_err(Error::internal)?;
                    let proved = event(Action::DatasourceProve, Outcome::Done, prover.rule, target)
                        .with("mode", run.proof.mode.as_str())
                        .with("status", status)
                        .with("checks", not_passed(&run.proof));
                    let (log, caller) = (Log::Project(datasource.project), prover.caller.as_ref());
                    append(tx, &installation, log, now, caller, &prover.describe(proved)).await?;
                    if let Some(changed) = &kept.changed {
                        append(tx, &installation, log, now, caller, changed).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        if proof.status == ProofStatus::Failed {
            self.forget_sessions_of(&before);
        }
        Ok(proof)
    }
}

/// The mode of a proof that nobody chose another one for.
pub(crate) fn own_mode(datasource: &Datasource) -> ProofMode {
    match datasource.proof_mode {
        ProofMode::Off => usual_mode(datasource.purpose),
        own => own,
    }
}

/// Refuses a proof that could not begin.
pub(crate) fn can_be_proven(datasource: &Datasource, integration: &Integration, mode: ProofMode) -> Result<()> {
    if mode == ProofMode::Off {
        return Err(Error::invalid("/mode", "proving cannot be off: change the datasource's own mode instead"));
    }
    if let Some(message) = wrong_mode(mode, datasource.purpose) {
        return Err(Error::invalid("/mode", message));
    }
    if integration.state == IntegrationState::Pending {
        let message = format!("its integration '{}' waits for its cloud side or its proof", integration.name);
        let hint = "set 'role_arn' with 'integration edit' where it is missing, or run 'integration prove'";
        return Err(Error::new(ErrorKind::Conflict, message).with_hint(hint));
    }
    Ok(())
}

/// The datasource as a proof found it, where that is another one than is kept.
fn found(datasource: &Datasource, run: &Run) -> Option<Datasource> {
    let own = own_mode(datasource);
    let usable = match run.proof.status {
        ProofStatus::Passed if run.proof.mode == own || run.proof.mode == ProofMode::Full => true,
        ProofStatus::Passed => datasource.usable,
        ProofStatus::Failed => false,
        // Nothing was learnt, so nothing changes.
        ProofStatus::Inconclusive => return None,
    };
    let region = datasource.region.clone().or_else(|| run.region.clone());
    let same = usable == datasource.usable && region == datasource.region;
    (!same).then(|| Datasource { usable, region, ..datasource.clone() })
}
