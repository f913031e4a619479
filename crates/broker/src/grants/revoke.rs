//! Taking back what was handed out.
//!
//! It is written down first and takes effect on issuing at once: nothing is handed out again from what
//! was open before. What others hold is cut off with it only where the caller has said so.

use std::collections::BTreeSet;

use authz::{Action, Object, Verdict};
use domain::audit::{Event, Outcome, Target};
use domain::id::{IntegrationId, PrincipalId, ProjectId};
use domain::name::Name;
use domain::principal::Caller;
use domain::step::Step;
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::grants::{StoredGrant, Which};
use store::revocations::RevokedBy;

use super::plan::{NAMED, Plan, apply, cuts, plan};
use super::view::Names;
use super::{GrantView, find, list};
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;

/// So many grants are shown in an answer.
pub(super) const SHOWN: usize = 1_000;

/// What to take back, by name as the API has it.
#[derive(Debug, Clone)]
pub enum RevokeBy {
    /// One grant, by id.
    Grant(String),
    /// All that went through an integration.
    Integration(String),
    /// All of a datasource.
    Datasource(String),
    /// All that a principal was given.
    Principal(String),
    /// All of the project, which must be that of the path.
    Project(String),
}

/// A revocation that is asked for.
#[derive(Debug, Clone)]
pub struct RevokeAsk {
    /// What to take back.
    pub by: RevokeBy,
    /// Whether other live grants of the same role are cut off with it; `None` refuses where there are any,
    /// `Some(false)` leaves everything to end by itself.
    pub cut_off_others: Option<bool>,
}

/// What was taken back.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Revoked {
    /// How many grants.
    pub count: usize,
    /// The grants, the oldest first; a thousand at most.
    pub items: Vec<GrantView>,
    /// Always absent: `GET /grants` lists them all.
    pub next: Option<String>,
}

impl Broker {
    /// Takes back grants, evicts what they came from, and cuts off what the provider can cut off.
    ///
    /// # Errors
    /// `not_found` for what the caller may not see; `permission_denied` for what is not his own, unless he
    /// may revoke everything; `conflict` naming other live grants that would be cut off too.
    pub async fn revoke(&self, caller: &Caller, project: &Name, ask: RevokeAsk) -> Result<Revoked> {
        let (entered, by, target) = self.may_revoke(caller, project, &ask.by).await?;
        let (id, broker, installation, who) = (entered.project.id, self.clone(), self.installation(), caller.clone());
        let (rule, cut_off_others) = (entered.rule, ask.cut_off_others);
        let done = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    store::projects::lock(tx, id, false).await?;
                    // Not before: what was opened while this waited for its turn must be cut off too.
                    let now = broker.now();
                    let mut plan = plan(tx, id, Which::By(by), now).await?;
                    let cuts = cuts(&plan, cut_off_others)?;
                    if !cuts {
                        plan.cut.clear();
                    }
                    let grants = apply(tx, id, &plan, who.principal.id, now).await?;
                    let recorded = record(&grants, &plan, rule, target);
                    append(tx, &installation, Log::Project(id), now, Some(&who), &recorded).await?;
                    let evicted = integrations(tx, id, by, &grants).await?;
                    Ok((grants, plan.cut, evicted))
                })
            })
            .await;
        let (grants, cut, evicted) = done.map_err(crate::audit::unavailable)?;
        self.evict(by, &grants, &evicted);
        self.reached(Step::GrantRevoked);
        for integration in cut {
            self.cut_off_now(Some(caller), &entered.project, integration).await;
        }
        self.revoked(id, grants).await
    }

    /// Whether the caller may take this back: everything, or what is his own.
    pub(super) async fn may_revoke(
        &self,
        caller: &Caller,
        project: &Name,
        by: &RevokeBy,
    ) -> Result<(Entered, RevokedBy, Target)> {
        let asked = match by {
            RevokeBy::Grant(id) => Target::named("grant", id),
            RevokeBy::Integration(name) => Target::named("integration", name),
            RevokeBy::Datasource(name) => Target::named("datasource", name),
            RevokeBy::Principal(_) => Target { kind: "principal".to_owned(), id: None, name: None },
            RevokeBy::Project(name) => Target::named("project", name),
        };
        let entered = self.enter(caller, project, Action::GrantRevokeOwn, asked).await?;
        if let RevokeBy::Project(named) = by
            && named != project.as_str()
        {
            return Err(Error::invalid("/by/project", format!("this revokes in the project '{project}' only")));
        }
        let (id, now, by) = (entered.project.id, self.now(), by.clone());
        let resolve = self.store().read(move |tx| Box::pin(async move { resolve(tx, id, &by, now).await }));
        let (by, target, holder) = resolve.await?;
        if holder == Some(caller.principal.id) {
            return Ok((entered, by, target));
        }
        let object = Object::Project { id, role: Some(entered.role) };
        let decision = authz::decide(caller, Action::GrantRevoke, object);
        if decision.verdict != Verdict::Allow {
            let log = Log::Project(id);
            return Err(self.refuse(caller, log, Action::GrantRevoke, decision, target, project.as_str()).await);
        }
        Ok((entered, by, target))
    }

    fn evict(&self, by: RevokedBy, grants: &[StoredGrant], evicted: &BTreeSet<IntegrationId>) {
        if let RevokedBy::Principal(id) = by {
            self.forget_principal(id);
        }
        self.evict_grants(grants, evicted);
    }

    /// Nothing that is open through these integrations, or for these holders, is used again.
    pub(super) fn evict_grants(&self, grants: &[StoredGrant], evicted: &BTreeSet<IntegrationId>) {
        for id in evicted {
            self.forget_integration(*id);
        }
        let held: BTreeSet<_> =
            grants.iter().map(|stored| (stored.grant.integration, stored.grant.principal)).collect();
        self.sessions().evict(|key| held.contains(&(key.integration, key.principal)));
    }

    async fn revoked(&self, project: ProjectId, grants: Vec<StoredGrant>) -> Result<Revoked> {
        let now = self.now();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let (count, mut names, mut items) = (grants.len(), Names::default(), Vec::new());
                    for stored in grants.into_iter().take(SHOWN) {
                        let stored = store::grants::get(tx, project, stored.grant.id, now).await?.unwrap_or(stored);
                        items.push(names.view(tx, stored).await?);
                    }
                    Ok(Revoked { count, items, next: None })
                })
            })
            .await
    }
}

/// The stored objects that are named, and whose they are where they are one person's.
async fn resolve(
    tx: &mut Tx,
    project: ProjectId,
    by: &RevokeBy,
    now: Timestamp,
) -> Result<(RevokedBy, Target, Option<PrincipalId>)> {
    Ok(match by {
        RevokeBy::Grant(text) => {
            let found = store::grants::get(tx, project, list::parse(text)?, now).await?;
            let found = found.ok_or_else(|| Error::not_found("grant", text))?.grant;
            (RevokedBy::Grant(found.id), Target::new("grant", found.id), Some(found.principal))
        }
        RevokeBy::Integration(name) => {
            let id = find::integration(tx, project, name).await?;
            (RevokedBy::Integration(id), Target::new("integration", id).with_name(name), None)
        }
        RevokeBy::Datasource(name) => {
            let id = find::datasource(tx, project, name).await?;
            (RevokedBy::Datasource(id), Target::new("datasource", id).with_name(name), None)
        }
        RevokeBy::Principal(name) => {
            let id = find::principal(tx, project, name, now).await?;
            (RevokedBy::Principal(id), Target::new("principal", id), Some(id))
        }
        RevokeBy::Project(name) => (RevokedBy::Project, Target::new("project", project).with_name(name), None),
    })
}

pub(super) fn record(grants: &[StoredGrant], plan: &Plan, rule: &str, target: Target) -> Event {
    let first: Vec<_> = grants.iter().take(NAMED).map(|stored| stored.grant.id.to_string()).collect();
    let cut: Vec<_> = plan.cut.iter().map(ToString::to_string).collect();
    let others = if plan.cut.is_empty() { 0 } else { plan.others };
    event(Action::GrantRevoke, Outcome::Done, rule, target)
        .with("count", grants.len())
        .with("first_grants", first)
        .with("cut_off_integrations", cut)
        .with("also_cut_off", others)
}

/// The integrations of which nothing that is open may be used again.
async fn integrations(
    tx: &mut Tx,
    project: ProjectId,
    by: RevokedBy,
    grants: &[StoredGrant],
) -> Result<BTreeSet<IntegrationId>> {
    Ok(match by {
        RevokedBy::Integration(id) => [id].into(),
        RevokedBy::Datasource(id) => {
            let found = store::datasources::get(tx, project, id).await?;
            found.into_iter().map(|found| found.integration).collect()
        }
        RevokedBy::Project => store::integrations::ids(tx, project).await?,
        RevokedBy::Grant(_) | RevokedBy::Principal(_) | RevokedBy::Holder(..) => {
            grants.iter().map(|stored| stored.grant.integration).collect()
        }
    })
}
