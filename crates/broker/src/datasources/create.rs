//! Making a datasource: checked, proven, and only then kept.

use std::sync::Arc;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::{Datasource, Encryption, Purpose};
use domain::id::{DatasourceId, ProjectId};
use domain::integration::Integration;
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::provider::Connection;
use domain::{Error, ErrorKind, Result};
use store::Tx;
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::rules::{ProofChoice, usual_mode, wrong};
use super::show::{overlaps, view};
use super::{DatasourceView, place};
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::integrations::must_be_usable;
use crate::named::name_taken;
use crate::proofs::{Created, Observer, stored};

/// A new datasource, as it is asked for.
#[derive(Debug, Clone)]
pub struct NewDatasource {
    /// Unique in the project.
    pub name: Name,
    /// The integration it goes through.
    pub integration: Name,
    /// The bucket.
    pub bucket: BucketName,
    /// Everything under it.
    pub prefix: Prefix,
    /// What the data is for.
    pub purpose: Purpose,
    /// The region of the bucket; found out if it is not given.
    pub region: Option<String>,
    /// Where what is made from this input goes.
    pub output_datasource: Option<Name>,
    /// How the bucket must encrypt what is written.
    pub sse: Option<Encryption>,
    /// The origin of the web page that will load objects.
    pub cors_origin: Option<String>,
    /// How it is proven; by default all that the purpose needs.
    pub proof: Option<ProofChoice>,
    /// Keep it, not usable, if the proof fails.
    pub keep: bool,
    /// Keep what was typed, not usable, without asking anything of the provider; a proof makes it usable.
    pub draft: bool,
}

impl Broker {
    /// Makes a datasource.
    ///
    /// # Errors
    /// `invalid` with every wrong field; `name_taken`; `conflict` where its integration is not usable;
    /// `trust_not_enforced` or `proof_failed` with the proof, and then nothing is kept.
    pub async fn create_datasource(
        &self,
        caller: &Caller,
        project: &Name,
        new: NewDatasource,
        observer: &dyn Observer,
    ) -> Result<Created<DatasourceView>> {
        let target = Target::named("datasource", &new.name);
        let entered = self.enter(caller, project, Action::DatasourceCreate, target.clone()).await?;
        let (keep, draft) = (new.keep, new.draft);
        let (mut wanted, integration) = self.wanted(&entered.project, new).await?;
        if draft && (keep || wanted.proof_mode == ProofMode::Off) {
            return Err(Error::invalid("/draft", "a draft is proven later: leave 'keep' and a proof that is off out"));
        }
        let connection = self.connection_for(&entered.project, &integration, &wanted).await?;
        let mut proof = None;
        if draft {
            wanted.usable = false;
        } else if wanted.proof_mode != ProofMode::Off {
            let (mode, place) = (wanted.proof_mode, place(&wanted));
            let run = self.prove(caller, &entered, connection, mode, Some(place), observer).await;
            wanted.usable = match run.proof.status {
                ProofStatus::Passed => true,
                ProofStatus::Failed if keep => false,
                ProofStatus::Failed | ProofStatus::Inconclusive => {
                    return Err(self.refuse_unproven(caller, &entered, Action::DatasourceCreate, target, &run).await);
                }
            };
            wanted.region = wanted.region.or(run.region);
            proof = Some(run.proof);
        }
        let made = self.keep_datasource(caller, entered, wanted, proof.clone()).await?;
        Ok(Created { made, proof })
    }

    /// The datasource as it would be kept, and its integration.
    async fn wanted(&self, project: &StoredProject, new: NewDatasource) -> Result<(Datasource, Integration)> {
        let (now, project) = (self.now(), project.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = crate::integrations::by_name(tx, &project, &new.integration).await;
                    let integration = integration.map_err(|error| error.at("/integration"))?;
                    if let Some(taken) = store::datasources::by_name(tx, project.id, new.name.as_str()).await? {
                        return Err(name_taken("datasource", &new.name, &format!("bucket {}", taken.bucket)));
                    }
                    let output = match &new.output_datasource {
                        Some(name) => Some(output_named(tx, &project, name).await?),
                        None => None,
                    };
                    let usual = ProofChoice { mode: usual_mode(new.purpose), reason: None };
                    let proof = new.proof.unwrap_or(usual);
                    let wanted = Datasource {
                        id: DatasourceId::new(),
                        project: project.id,
                        name: new.name,
                        integration: integration.id,
                        bucket: new.bucket,
                        prefix: new.prefix,
                        purpose: new.purpose,
                        region: new.region,
                        output_datasource: output,
                        sse: new.sse,
                        cors_origin: new.cors_origin,
                        proof_mode: proof.mode,
                        reason: proof.reason,
                        usable: true,
                        revision: 1,
                        created_at: now,
                        updated_at: now,
                    };
                    let wrong = wrong(&wanted);
                    if wrong.is_empty() { Ok((wanted, integration)) } else { Err(Error::invalid_fields(wrong)) }
                })
            })
            .await
    }

    /// The connection that a datasource goes through, if it can do what the datasource wants.
    pub(super) async fn connection_for(
        &self,
        project: &StoredProject,
        integration: &Integration,
        wanted: &Datasource,
    ) -> Result<Arc<dyn Connection>> {
        must_be_usable(integration)?;
        self.refuse_own_bucket(integration, &wanted.bucket)?;
        let connection = self.connect(project, integration).await?;
        if wanted.sse.as_ref().is_some_and(|sse| sse.kms_key_arn().is_some()) && !connection.facts().kms {
            return Err(Error::invalid("/sse/type", "this store does not understand encryption with a customer's key")
                .with_hint("choose 's3', or leave 'sse' out"));
        }
        Ok(connection)
    }

    async fn keep_datasource(
        &self,
        caller: &Caller,
        entered: Entered,
        wanted: Datasource,
        proof: Option<Proof>,
    ) -> Result<DatasourceView> {
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    hold_output(tx, &wanted).await?;
                    store::datasources::insert(tx, &wanted).await?;
                    if let Some(proof) = &proof {
                        let owner = ProofOwner::Datasource(wanted.id);
                        store::proofs::insert(tx, wanted.project, owner, &stored(proof)).await?;
                    }
                    let target = Target::new("datasource", wanted.id).with_name(&wanted.name);
                    let made = event(Action::DatasourceCreate, Outcome::Done, entered.rule, target)
                        .with("integration", wanted.integration.to_string())
                        .with("bucket", wanted.bucket.as_str())
                        .with("prefix", wanted.prefix.as_str())
                        .with("purpose", wanted.purpose.as_str())
                        .with("proof", wanted.proof_mode.as_str())
                        .with("usable", wanted.usable)
                        .with("reason", wanted.reason.clone());
                    append(tx, &installation, Log::Project(wanted.project), now, Some(&caller), &made).await?;
                    let notes = overlaps(tx, &wanted).await?;
                    Ok(DatasourceView { notes, ..view(tx, wanted).await? })
                })
            })
            .await
    }
}

/// The datasource that is named as the place for what is made from an input.
pub(super) async fn output_named(tx: &mut Tx, project: &StoredProject, name: &Name) -> Result<DatasourceId> {
    let found = super::by_name(tx, project, name).await.map_err(|error| error.at("/output_datasource"))?;
    must_write(&found)?;
    Ok(found.id)
}

/// The output still writes, and nobody changes that before this unit ends.
pub(super) async fn hold_output(tx: &mut Tx, datasource: &Datasource) -> Result<()> {
    let Some(id) = datasource.output_datasource else { return Ok(()) };
    let project: ProjectId = datasource.project;
    let output = store::datasources::lock(tx, project, id).await?;
    let gone = || Error::new(ErrorKind::Conflict, "the output datasource was deleted in the meantime");
    must_write(&output.ok_or_else(gone)?)
}

fn must_write(output: &Datasource) -> Result<()> {
    if output.purpose.writes() {
        return Ok(());
    }
    let message = format!("'{}' is an input: nothing is written to it", output.name);
    Err(Error::invalid("/output_datasource", message))
}
