//! Changing a datasource: the new state is proven before the old one is given up.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::{Datasource, Encryption, Purpose};
use domain::grant::GrantState;
use domain::integration::Integration;
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::grants::GrantFilter;
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::create::{hold_output, output_named};
use super::rules::{ProofChoice, usual_mode, wrong};
use super::show::{by_name, every, overlaps, view};
use super::{DatasourceView, place};
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::named::moved_on;
use crate::proofs::{Created, Observer, keep};

/// A change: what is left out is kept, an inner `None` removes.
#[derive(Debug, Clone, Default)]
pub struct ChangeDatasource {
    /// The bucket.
    pub bucket: Option<BucketName>,
    /// Everything under it.
    pub prefix: Option<Prefix>,
    /// What the data is for.
    pub purpose: Option<Purpose>,
    /// The region of the bucket; `None` finds it out again.
    pub region: Option<Option<String>>,
    /// Where what is made from this input goes.
    pub output_datasource: Option<Option<Name>>,
    /// How the bucket must encrypt what is written.
    pub sse: Option<Option<Encryption>>,
    /// The origin of the web page that loads objects.
    pub cors_origin: Option<Option<String>>,
    /// How it is proven.
    pub proof: Option<ProofChoice>,
}

impl Broker {
    /// Changes a datasource at this revision.
    ///
    /// # Errors
    /// `precondition_failed` where it has moved on; `invalid` with every wrong field; `proof_failed` or
    /// `trust_not_enforced` with the proof, and then nothing is changed.
    pub async fn change_datasource(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        revision: i64,
        change: ChangeDatasource,
        observer: &dyn Observer,
    ) -> Result<Created<DatasourceView>> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceChange, target).await?;
        let (before, mut wanted, integration) = self.changed(&entered.project, name, change).await?;
        if before.revision != revision {
            return Err(moved_on("datasource", name));
        }
        let wrong = wrong(&wanted);
        if !wrong.is_empty() {
            return Err(Error::invalid_fields(wrong));
        }
        let connection = self.connection_for(&entered.project, &integration, &wanted).await?;
        let mut proof = None;
        if wanted.proof_mode != ProofMode::Off {
            let (mode, place) = (wanted.proof_mode, place(&wanted));
            let run = self.prove(caller, &entered, connection, mode, Some(place), observer).await;
            if run.proof.status != ProofStatus::Passed {
                let target = Target::new("datasource", wanted.id).with_name(name);
                return Err(self.refuse_unproven(caller, &entered, Action::DatasourceChange, target, &run).await);
            }
            wanted.region = wanted.region.or(run.region);
            proof = Some(run.proof);
        }
        wanted.usable = true;
        let made = self.keep_datasource_change(caller, entered, &before, wanted, proof.clone()).await?;
        Ok(Created { made, proof })
    }

    async fn changed(
        &self,
        project: &StoredProject,
        name: &Name,
        change: ChangeDatasource,
    ) -> Result<(Datasource, Datasource, Integration)> {
        let (project, name) = (project.clone(), name.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let before = by_name(tx, &project, &name).await?;
                    let integration = store::integrations::get(tx, project.id, before.integration).await?;
                    let integration = integration.ok_or_else(|| Error::internal("a datasource has no integration"))?;
                    let output = match &change.output_datasource {
                        Some(Some(name)) => Some(output_named(tx, &project, name).await?),
                        Some(None) => None,
                        None => before.output_datasource,
                    };
                    let mut wanted = merge(&before, change);
                    wanted.output_datasource = output;
                    if output == Some(wanted.id) {
                        return Err(Error::invalid("/output_datasource", "a datasource cannot be its own output"));
                    }
                    Ok((before, wanted, integration))
                })
            })
            .await
    }

    async fn keep_datasource_change(
        &self,
        caller: &Caller,
        entered: Entered,
        before: &Datasource,
        mut wanted: Datasource,
        proof: Option<Proof>,
    ) -> Result<DatasourceView> {
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let old = before.clone();
        wanted.updated_at = now;
        let view = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !store::datasources::update(tx, &wanted).await? {
                        return Err(moved_on("datasource", &wanted.name));
                    }
                    wanted.revision = wanted.revision.saturating_add(1);
                    hold_output(tx, &wanted).await?;
                    must_write_for_others(tx, &wanted).await?;
                    let mut news = None;
                    if let Some(proof) = &proof {
                        let what = (wanted.project, ProofOwner::Datasource(wanted.id), &wanted.name);
                        news = keep(tx, what, proof, entered.rule, now).await?.changed;
                    }
                    let target = Target::new("datasource", wanted.id).with_name(&wanted.name);
                    let changed = event(Action::DatasourceChange, Outcome::Done, entered.rule, target)
                        .with("bucket", wanted.bucket.as_str())
                        .with("prefix", wanted.prefix.as_str())
                        .with("purpose", wanted.purpose.as_str())
                        .with("proof", wanted.proof_mode.as_str())
                        .with("reason", wanted.reason.clone());
                    let log = Log::Project(wanted.project);
                    append(tx, &installation, log, now, Some(&caller), &changed).await?;
                    if let Some(news) = &news {
                        append(tx, &installation, log, now, Some(&caller), news).await?;
                    }
                    let mut notes = overlaps(tx, &wanted).await?;
                    notes.extend(still_reached(tx, &old, &wanted, now).await?);
                    Ok(DatasourceView { notes, ..view(tx, wanted).await? })
                })
            })
            .await?;
        self.forget_sessions_of(before);
        Ok(view)
    }

    /// Forgets sessions that were narrowed to what a datasource was.
    pub(super) fn forget_sessions_of(&self, datasource: &Datasource) {
        self.sessions().evict(|key| {
            let inside = |scope: &domain::scope::Scope| {
                scope.bucket == datasource.bucket && datasource.prefix.covers(&scope.prefix)
            };
            key.integration == datasource.integration && key.scope.as_ref().is_some_and(inside)
        });
    }
}

/// The datasource with the change applied, its output aside.
fn merge(before: &Datasource, change: ChangeDatasource) -> Datasource {
    let mut wanted = before.clone();
    if let Some(bucket) = change.bucket {
        // Another bucket may be in another region.
        if bucket != wanted.bucket {
            wanted.region = None;
        }
        wanted.bucket = bucket;
    }
    wanted.prefix = change.prefix.unwrap_or(wanted.prefix);
    wanted.purpose = change.purpose.unwrap_or(wanted.purpose);
    wanted.region = change.region.unwrap_or(wanted.region);
    wanted.sse = change.sse.unwrap_or(wanted.sse);
    wanted.cors_origin = change.cors_origin.unwrap_or(wanted.cors_origin);
    match change.proof {
        Some(choice) => (wanted.proof_mode, wanted.reason) = (choice.mode, choice.reason),
        // A mode that nobody chose follows the purpose.
        None if before.proof_mode == usual_mode(before.purpose) => wanted.proof_mode = usual_mode(wanted.purpose),
        None => {}
    }
    wanted
}

/// A datasource that others name as their output goes on writing.
async fn must_write_for_others(tx: &mut Tx, wanted: &Datasource) -> Result<()> {
    if wanted.purpose.writes() {
        return Ok(());
    }
    let filter = DatasourceFilter { output_datasource: Some(wanted.id), ..DatasourceFilter::default() };
    let inputs = every(tx, wanted.project, filter).await?;
    if inputs.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
    let message = format!("'{}' is the output of {}, so it must be written to", wanted.name, names.join(", "));
    Err(Error::new(ErrorKind::Conflict, message).with_hint("change their 'output_datasource' first"))
}

/// What was handed out before and reaches what the datasource no longer is.
async fn still_reached(tx: &mut Tx, old: &Datasource, wanted: &Datasource, now: Timestamp) -> Result<Option<String>> {
    let place = |datasource: &Datasource| (datasource.bucket.clone(), datasource.prefix.clone(), datasource.purpose);
    if place(old) == place(wanted) {
        return Ok(None);
    }
    let filter = GrantFilter { datasource: Some(old.id), state: Some(GrantState::Live), ..GrantFilter::default() };
    let live = store::grants::count_live(tx, old.project, filter, now).await?;
    Ok((live > 0).then(|| {
        format!(
            "{live} live grant(s) were made before this change and stay as they are; revoke them if they should not"
        )
    }))
}
