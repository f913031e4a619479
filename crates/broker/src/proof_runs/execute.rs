//! One run, from taking it to its end.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::id::PrincipalId;
use domain::integration::{Integration, IntegrationState};
use domain::principal::Principal;
use domain::proof::Proof;
use domain::proof_run::RunCause;
use domain::step::Step;
use domain::{Error, ErrorKind, Result};
use store::Tx;
use store::projects::StoredProject;
use store::proof_runs::{NewRun, RunEnd, StoredRun};
use store::proofs::ProofOwner;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use super::MOST_ATTEMPTS;
use super::progress::Passing;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::proofs::Prover;

/// What a run is about, as it is when it begins.
struct Subject {
    project: StoredProject,
    integration: Integration,
    datasource: Option<Datasource>,
    principal: Option<Principal>,
}

impl Broker {
    /// Does a run that this server holds.
    pub(super) async fn execute(&self, run: StoredRun, stopping: CancellationToken) {
        self.reached(Step::ProofRunClaimed);
        let Err(error) = self.prove_run(&run, &stopping).await else { return };
        let settled = if stopping.is_cancelled() {
            let hold = run.hold();
            let given_back = self.store().write(move |tx| Box::pin(store::proof_runs::give_back(tx, hold))).await;
            given_back.map(drop)
        } else if error.kind() == ErrorKind::AuditUnavailable {
            // Nothing can be written now; whoever finds the claim ended begins it again.
            Err(error)
        } else {
            self.give_up(&run, &error).await
        };
        if let Err(error) = settled {
            tracing::warn!(run = %run.id, %error, "a proof did not come to its end; it is begun again");
        }
    }

    async fn prove_run(&self, run: &StoredRun, stopping: &CancellationToken) -> Result<Proof> {
        if run.attempts > MOST_ATTEMPTS {
            let message = format!("it was begun {MOST_ATTEMPTS} times, and no server came to its end");
            return Err(
                Error::new(ErrorKind::ProofFailed, message).with_hint("look at the server's log, then ask again")
            );
        }
        let subject = self.subject(run).await?;
        if run.what.cause != RunCause::Asked {
            in_use(&subject.integration)?;
        }
        let prover = Prover::run(run.clone(), subject.principal, stopping);
        let (sender, ended) = unbounded_channel();
        let (following, cut) = (run.hold(), prover.cut.clone());
        let work = async {
            // Dropped with the work, which ends the following.
            let observer = Passing(sender);
            match subject.datasource {
                Some(datasource) => {
                    let what = (datasource, subject.integration);
                    self.prove_stored_datasource(&prover, &subject.project, what, run.what.mode, &observer).await
                }
                None => self.prove_stored_integration(&prover, &subject.project, subject.integration, &observer).await,
            }
        };
        let (proof, ()) = tokio::join!(work, self.follow(following, ended, &cut));
        proof
    }

    async fn subject(&self, run: &StoredRun) -> Result<Subject> {
        let what = run.what.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let gone = || Error::new(ErrorKind::NotFound, format!("'{}' was deleted meanwhile", what.name));
                    let project = store::projects::get(tx, what.project).await?.ok_or_else(gone)?;
                    let (id, datasource) = match what.owner {
                        ProofOwner::Integration(id) => (id, None),
                        ProofOwner::Datasource(id) => {
                            let datasource = store::datasources::get(tx, what.project, id).await?.ok_or_else(gone)?;
                            (datasource.integration, Some(datasource))
                        }
                    };
                    let integration = store::integrations::get(tx, what.project, id).await?.ok_or_else(gone)?;
                    let principal = match what.requested_by {
                        Some(id) => still_there(tx, &what, id).await?,
                        None => None,
                    };
                    Ok(Subject { project, integration, datasource, principal })
                })
            })
            .await
    }

    /// Ends a run without a proof, with the reason.
    async fn give_up(&self, run: &StoredRun, error: &Error) -> Result<()> {
        let (run, here, installation) = (run.clone(), self.now(), self.installation());
        let code = error.code().to_owned();
        let message = match error.hint() {
            Some(hint) => format!("{}; {hint}", error.message()),
            None => error.message().to_owned(),
        };
        tracing::info!(run = %run.id, code, error = %error, "a proof could not be run");
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let now = store::proof_runs::clock(tx, here).await?;
                    let end = RunEnd::Error(code.clone(), message);
                    if !store::proof_runs::finish(tx, run.hold(), now, &end).await? {
                        return Ok(());
                    }
                    let owner = run.what.owner;
                    let target = Target::new(owner.kind(), owner.id()).with_name(&run.what.name);
                    let failed = event(action(owner), Outcome::Failed, "proof-run", target)
                        .with("run", run.id.to_string())
                        .with("cause", run.what.cause.as_str())
                        .with("code", code);
                    append(tx, &installation, Log::Project(run.what.project), here, None, &failed).await.map(drop)
                })
            })
            .await
    }
}

/// What proving this is called.
pub(super) fn action(owner: ProofOwner) -> Action {
    match owner {
        ProofOwner::Integration(_) => Action::IntegrationProve,
        ProofOwner::Datasource(_) => Action::DatasourceProve,
    }
}

/// Who asked, if he still may: nothing is opened in the name of somebody who was taken out meanwhile.
async fn still_there(tx: &mut Tx, what: &NewRun, who: PrincipalId) -> Result<Option<Principal>> {
    let role = store::members::role(tx, what.project, who).await?;
    if !role.is_some_and(|role| action(what.owner).roles().contains(&role)) {
        return Ok(None);
    }
    let found = store::principals::get(tx, who).await?.filter(|found| !found.disabled);
    Ok(found.map(|found| found.principal))
}

/// Nobody asked: what was switched off meanwhile, or is a draft again, is left alone.
fn in_use(integration: &Integration) -> Result<()> {
    use IntegrationState::{Active, Failed, Paused, Pending, Unproven};
    match integration.state {
        Active | Unproven | Failed => Ok(()),
        Paused | Pending => Err(Error::new(
            ErrorKind::Conflict,
            format!("the integration '{}' was paused or became a draft before it was its turn", integration.name),
        )),
    }
}
