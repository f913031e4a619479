//! Telling the provider to refuse older sessions, until it was seen to do so.
//!
//! What is to be cut off is in the store. Whoever revokes tries at once, a task of every node tries again
//! each minute; doing it twice does no harm. A later cut covers all earlier ones of its role.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::IntegrationId;
use domain::principal::Caller;
use domain::provider::{CutOff, SessionTags};
use domain::step::Step;
use domain::{Error, ErrorKind, Result};
use store::grants::StoredGrant;
use store::projects::StoredProject;
use tokio_util::sync::CancellationToken;

use crate::Broker;
use crate::audit::{Log, append, event};

/// How often what is left is tried again.
const EVERY: Duration = Duration::from_secs(60);
/// So many grants are looked at in one round.
const MOST: u32 = 10_000;

/// Tries again what is left, until `stopping` is cancelled.
pub(crate) async fn retry(broker: Broker, stopping: CancellationToken) {
    loop {
        if let Err(error) = broker.cut_off_what_is_left().await {
            tracing::warn!(%error, "revoked grants could not be looked after; it is tried again");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Broker {
    /// Cuts off the revoked grants of an integration, and writes down how it went.
    pub(super) async fn cut_off_now(&self, caller: Option<&Caller>, project: &StoredProject, id: IntegrationId) {
        let Err(error) = self.cut_off(caller, project, id).await else { return };
        tracing::warn!(integration = %id, %error, "older sessions could not be cut off; it is tried again");
        if caller.is_some() {
            let answer = error.answer().and_then(|answer| serde_json::to_value(answer).ok());
            let failed = event(Action::GrantRevoke, Outcome::Failed, "cut-off", Target::new("integration", id))
                .with("code", error.code())
                .with("provider", answer);
            if let Err(error) = self.record(Log::Project(project.id), caller, failed).await {
                tracing::error!(%error, "a failed cut-off could not be recorded");
            }
        }
    }

    async fn cut_off_what_is_left(&self) -> Result<()> {
        let now = self.now();
        let left = self
            .store()
            .read(move |tx| Box::pin(async move { store::grants::awaiting_cut_off(tx, None, now, MOST).await }))
            .await?;
        let left: BTreeSet<_> = left.iter().map(|stored| (stored.grant.project, stored.grant.integration)).collect();
        for (project, integration) in left {
            let found =
                self.store().read(move |tx| Box::pin(async move { store::projects::get(tx, project).await })).await?;
            if let Some(project) = found {
                self.cut_off_now(None, &project, integration).await;
            }
        }
        Ok(())
    }

    async fn cut_off(&self, caller: Option<&Caller>, project: &StoredProject, id: IntegrationId) -> Result<()> {
        let (of, now) = (project.id, self.now());
        let (integration, left) = self
            .store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = store::integrations::get(tx, of, id).await?;
                    let left = store::grants::awaiting_cut_off(tx, Some(id), now, MOST).await?;
                    Ok((integration, left))
                })
            })
            .await?;
        let integration = integration.ok_or_else(|| Error::new(ErrorKind::NotFound, "the integration was deleted"))?;
        let Some(before) = left.iter().filter_map(|stored| stored.revoked_at).max() else { return Ok(()) };
        let connection = self.live_connection(project, &integration).await?;
        for (properties, grants) in self.by_role(&connection.facts().user_properties, left).await? {
            let principal = caller.map_or_else(|| "tidegate".to_owned(), |caller| caller.principal.name.clone());
            let tags = SessionTags { principal, project: project.name.to_string(), properties };
            let cut = connection.cut_off(&tags, before).await?;
            if !cut.verified {
                let message = "the provider did not show that it refuses older sessions";
                return Err(Error::new(ErrorKind::ProviderUnavailable, message));
            }
            self.reached(Step::SessionsCutOff);
            self.keep_cut_off(caller, project, id, grants, &cut).await?;
        }
        // A session that this very cut hit on its way in serves nobody.
        self.forget_integration(id);
        Ok(())
    }

    /// Grants by the properties that the role ARN names: for each there is another role.
    async fn by_role(
        &self,
        named: &[String],
        left: Vec<StoredGrant>,
    ) -> Result<BTreeMap<BTreeMap<String, String>, Vec<StoredGrant>>> {
        let mut groups: BTreeMap<_, Vec<StoredGrant>> = BTreeMap::new();
        for stored in left {
            let mut properties = BTreeMap::new();
            if !named.is_empty() {
                let id = stored.grant.principal;
                let found = self.store().read(move |tx| Box::pin(store::principals::get(tx, id))).await?;
                properties = found.map(|found| found.principal.properties).unwrap_or_default();
                properties.retain(|property, _| named.contains(property));
            }
            groups.entry(properties).or_default().push(stored);
        }
        Ok(groups)
    }

    async fn keep_cut_off(
        &self,
        caller: Option<&Caller>,
        project: &StoredProject,
        id: IntegrationId,
        grants: Vec<StoredGrant>,
        cut: &CutOff,
    ) -> Result<()> {
        let (now, installation, caller, of) = (self.now(), self.installation(), caller.cloned(), project.id);
        let effective = now.saturating_add(cut.bound).map_err(Error::internal)?;
        let done = event(Action::GrantRevoke, Outcome::Done, "cut-off", Target::new("integration", id))
            .with("count", grants.len())
            .with("before", cut.before.to_string())
            .with("bound_seconds", cut.bound.as_secs());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    for stored in &grants {
                        store::grants::mark_cut_off(tx, of, stored.grant.id, effective).await?;
                    }
                    append(tx, &installation, Log::Project(of), now, caller.as_ref(), &done).await.map(drop)
                })
            })
            .await
    }
}
