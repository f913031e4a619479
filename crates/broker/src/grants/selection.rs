//! Taking back grants that somebody has picked from a list.
//!
//! Each is decided for itself; what is taken back, is taken back together, and what is not, is named with
//! the reason.

use std::collections::BTreeSet;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::{GrantId, PrincipalId, ProjectId};
use domain::name::Name;
use domain::principal::Caller;
use domain::step::Step;
use domain::{Error, Result};
use jiff::Timestamp;
use store::Tx;
use store::grants::{StoredGrant, Which};

use super::plan::{NAMED, apply, cuts, plan};
use super::preview::preview;
use super::revoke::{SHOWN, record};
use super::view::Names;
use super::{GrantView, RevokePreview};
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;

/// So many grants are picked at a time.
const MOST: usize = 500;

/// What would be taken back of what was picked, and what else would stop working.
#[derive(Debug, Clone)]
pub struct SelectedPreview {
    /// What would be taken back.
    pub taken: RevokePreview,
    /// What would stay as it is.
    pub left: Vec<LeftGrant>,
}

/// What was taken back of what was picked.
#[derive(Debug, Clone, Default)]
pub struct RevokedSelection {
    /// What was taken back.
    pub revoked: Vec<GrantView>,
    /// Grants of the same role that were cut off with it; a thousand at most.
    pub also_cut_off: Vec<GrantView>,
    /// What stays as it was.
    pub left: Vec<LeftGrant>,
}

/// A picked grant that is not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftGrant {
    /// As it was asked for.
    pub id: String,
    /// Why.
    pub why: LeftWhy,
}

/// Why a picked grant is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftWhy {
    /// There is no such grant that the caller may see.
    NotFound,
    /// It is somebody else's, and the caller may take back only his own.
    NotYours,
    /// It has ended, or was taken back before.
    Over,
}

impl LeftWhy {
    /// The word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NotYours => "not-yours",
            Self::Over => "over",
        }
    }
}

/// What was picked: ids, and texts that are none.
struct Picked {
    ids: BTreeSet<GrantId>,
    left: Vec<LeftGrant>,
}

impl Picked {
    fn read(asked: Vec<String>) -> Result<Self> {
        if asked.is_empty() || asked.len() > MOST {
            return Err(Error::invalid("/ids", format!("pick 1 to {MOST} grants")));
        }
        let mut picked = Self { ids: BTreeSet::new(), left: Vec::new() };
        for id in asked {
            match id.parse() {
                Ok(id) => drop(picked.ids.insert(id)),
                Err(_) => picked.left.push(LeftGrant { id, why: LeftWhy::NotFound }),
            }
        }
        Ok(picked)
    }
}

/// What was picked, sorted by what can be done with it.
struct Sorted {
    taken: Vec<GrantId>,
    left: Vec<LeftGrant>,
}

impl Sorted {
    fn not_yours(&self) -> Vec<&str> {
        let not_yours = self.left.iter().filter(|left| left.why == LeftWhy::NotYours);
        not_yours.map(|left| left.id.as_str()).collect()
    }
}

/// `own_of` is whose grants may be taken back; none for everybody's.
async fn sort(
    tx: &mut Tx,
    project: ProjectId,
    picked: Picked,
    own_of: Option<PrincipalId>,
    now: Timestamp,
) -> Result<Sorted> {
    let Picked { mut ids, left } = picked;
    let mut sorted = Sorted { taken: Vec::new(), left };
    for stored in store::grants::these(tx, project, ids.iter().copied(), now).await? {
        let grant = &stored.grant;
        ids.remove(&grant.id);
        let why = match stored.revoked_at {
            _ if own_of.is_some_and(|own| own != grant.principal) => LeftWhy::NotYours,
            Some(_) => LeftWhy::Over,
            None if grant.usable_until <= now => LeftWhy::Over,
            None => {
                sorted.taken.push(grant.id);
                continue;
            }
        };
        sorted.left.push(LeftGrant { id: grant.id.to_string(), why });
    }
    sorted.left.extend(ids.into_iter().map(|id| LeftGrant { id: id.to_string(), why: LeftWhy::NotFound }));
    Ok(sorted)
}

impl Broker {
    /// What taking back the picked grants would mean; shows so many of each kind.
    ///
    /// # Errors
    /// `invalid` for none or more than 500; `not_found` for a project that the caller may not see.
    pub async fn preview_grants(
        &self,
        caller: &Caller,
        project: &Name,
        ids: Vec<String>,
        shown: u32,
    ) -> Result<SelectedPreview> {
        let (entered, own_of) = self.may_revoke_picked(caller, project).await?;
        let (picked, id, now) = (Picked::read(ids)?, entered.project.id, self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let sorted = sort(tx, id, picked, own_of, now).await?;
                    let taken = preview(tx, id, &Which::These(sorted.taken), now, shown).await?;
                    Ok(SelectedPreview { taken, left: sorted.left })
                })
            })
            .await
    }

    /// Takes back the picked grants, evicts what they came from, and cuts off what the provider can cut off.
    ///
    /// `cut_off_others` is as in [`crate::RevokeAsk`].
    ///
    /// # Errors
    /// `invalid` for none or more than 500; `conflict` naming other live grants that would be cut off too.
    pub async fn revoke_grants(
        &self,
        caller: &Caller,
        project: &Name,
        ids: Vec<String>,
        cut_off_others: Option<bool>,
    ) -> Result<RevokedSelection> {
        let (entered, own_of) = self.may_revoke_picked(caller, project).await?;
        let (picked, id) = (Picked::read(ids)?, entered.project.id);
        let (broker, installation, who, rule) = (self.clone(), self.installation(), caller.clone(), entered.rule);
        let done = self.store().write(move |tx| {
            Box::pin(async move {
                store::projects::lock(tx, id, false).await?;
                // Not before: what was opened while this waited for its turn must be cut off too.
                let now = broker.now();
                let sorted = sort(tx, id, picked, own_of, now).await?;
                let mut plan = plan(tx, id, Which::These(sorted.taken.clone()), now).await?;
                if !cuts(&plan, cut_off_others)? {
                    plan.cut.clear();
                }
                let grants = match sorted.taken.is_empty() {
                    true => Vec::new(),
                    false => apply(tx, id, &plan, who.principal.id, now).await?,
                };
                let log = Log::Project(id);
                if let Some(refused) = refused(&sorted) {
                    append(tx, &installation, log, now, Some(&who), &refused).await?;
                }
                if !sorted.taken.is_empty() {
                    let done = record(&grants, &plan, rule, picked_grants());
                    append(tx, &installation, log, now, Some(&who), &done).await?;
                }
                Ok((grants, plan.cut, sorted))
            })
        });
        let (grants, cut, sorted) = done.await.map_err(crate::audit::unavailable)?;
        self.evict_grants(&grants, &grants.iter().map(|stored| stored.grant.integration).collect());
        self.reached(Step::GrantRevoked);
        for integration in cut {
            self.cut_off_now(Some(caller), &entered.project, integration).await;
        }
        self.told(id, grants, sorted).await
    }

    async fn may_revoke_picked(&self, caller: &Caller, project: &Name) -> Result<(Entered, Option<PrincipalId>)> {
        let entered = self.enter(caller, project, Action::GrantRevokeOwn, picked_grants()).await?;
        let all = self.may(caller, &entered, Action::GrantRevoke);
        Ok((entered, (!all).then_some(caller.principal.id)))
    }

    /// The grants as they are now.
    async fn told(&self, project: ProjectId, grants: Vec<StoredGrant>, sorted: Sorted) -> Result<RevokedSelection> {
        let now = self.now();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let all = grants.iter().map(|stored| stored.grant.id).take(SHOWN + MOST);
                    let found = store::grants::these(tx, project, all, now).await?;
                    let taken: BTreeSet<_> = sorted.taken.iter().copied().collect();
                    let (revoked, mut others): (Vec<_>, Vec<_>) =
                        found.into_iter().partition(|stored| taken.contains(&stored.grant.id));
                    others.truncate(SHOWN);
                    let mut names = Names::default();
                    let revoked = names.views(tx, revoked).await?;
                    let also_cut_off = names.views(tx, others).await?;
                    Ok(RevokedSelection { revoked, also_cut_off, left: sorted.left })
                })
            })
            .await
    }
}

fn picked_grants() -> Target {
    Target { kind: "grants".to_owned(), id: None, name: None }
}

/// What is written down of the grants of others that were picked.
fn refused(sorted: &Sorted) -> Option<domain::audit::Event> {
    let not_yours = sorted.not_yours();
    if not_yours.is_empty() {
        return None;
    }
    let first: Vec<_> = not_yours.iter().copied().take(NAMED).collect();
    let refused = event(Action::GrantRevoke, Outcome::Refused, "role", picked_grants());
    Some(refused.with("count", not_yours.len()).with("first_grants", first))
}
