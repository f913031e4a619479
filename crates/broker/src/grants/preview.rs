//! What a revocation would mean, before anybody decides it: counted exactly, and some of it shown.

use std::collections::HashMap;

use domain::Result;
use domain::grant::Revocability;
use domain::id::{PrincipalId, ProjectId};
use domain::name::Name;
use domain::principal::Caller;
use jiff::Timestamp;
use store::Tx;
use store::grants::{UsableGroup, Which};
use store::revocations::RevokedBy;

use super::holders::{Holder, NAMED, named};
use super::view::Names;
use super::{GrantView, RevokeBy};
use crate::Broker;

/// What would be taken back, and what else would stop working.
#[derive(Debug, Clone)]
pub struct RevokePreview {
    /// In numbers.
    pub breaks: Breaks,
    /// Of what would be taken back those that may work the longest, as many as were asked for.
    pub grants: Vec<GrantView>,
    /// How many live grants of the same role would be cut off too.
    pub also_cut_off_count: u64,
    /// Of these those that may work the longest.
    pub also_cut_off: Vec<GrantView>,
}

/// What would be taken back, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaks {
    /// How many grants.
    pub count: u64,
    /// Who holds them, those with the most first; not more than twenty.
    pub holders: Vec<Holder>,
    /// How many hold them.
    pub holder_count: usize,
    /// So many stop working at once.
    pub at_once: u64,
    /// So many stop working when the provider refuses older sessions.
    pub within: u64,
    /// The longest time that this takes.
    pub bound_seconds: u64,
    /// So many work until they end by themselves.
    pub at_expiry: u64,
    /// When the last of those has ended.
    pub last_end: Option<Timestamp>,
    /// When the last of all has ended, if none is cut off.
    pub last_of_all: Option<Timestamp>,
}

impl Breaks {
    fn add(&mut self, group: &UsableGroup) {
        self.count += group.count;
        self.last_of_all = self.last_of_all.max(Some(group.usable_until));
        match group.revocability {
            Revocability::Immediate => self.at_once += group.count,
            Revocability::Bounded { bound_seconds } => {
                self.within += group.count;
                self.bound_seconds = self.bound_seconds.max(bound_seconds);
            }
            Revocability::AtExpiry => {
                self.at_expiry += group.count;
                self.last_end = self.last_end.max(Some(group.usable_until));
            }
        }
    }
}

impl Broker {
    /// What a revocation would take back and cut off; shows so many of each.
    ///
    /// # Errors
    /// As [`Broker::revoke`].
    pub async fn preview_revocation(
        &self,
        caller: &Caller,
        project: &Name,
        by: RevokeBy,
        shown: u32,
    ) -> Result<RevokePreview> {
        let (entered, by, _) = self.may_revoke(caller, project, &by).await?;
        let (id, now) = (entered.project.id, self.now());
        self.store().read(move |tx| Box::pin(async move { preview(tx, id, &Which::By(by), now, shown).await })).await
    }
}

pub(super) async fn preview(
    tx: &mut Tx,
    project: ProjectId,
    which: &Which,
    now: Timestamp,
    shown: u32,
) -> Result<RevokePreview> {
    let groups = store::grants::usable_groups(tx, project, which, now).await?;
    let mut breaks = Breaks::default();
    groups.iter().for_each(|group| breaks.add(group));
    (breaks.holders, breaks.holder_count) = holders(tx, &groups).await?;
    let grants = store::grants::usable_longest(tx, project, which, now, shown).await?;
    let (also_cut_off_count, others) = match breaks.within {
        0 => (0, Vec::new()),
        _ if matches!(which, Which::By(RevokedBy::Project)) => (0, Vec::new()),
        _ => store::grants::usable_beside(tx, project, which, now, shown).await?,
    };
    let mut names = Names::default();
    let (grants, also_cut_off) = (names.views(tx, grants).await?, names.views(tx, others).await?);
    Ok(RevokePreview { breaks, grants, also_cut_off_count, also_cut_off })
}

/// Those with the most, and how many there are.
async fn holders(tx: &mut Tx, groups: &[UsableGroup]) -> Result<(Vec<Holder>, usize)> {
    let mut held: HashMap<PrincipalId, u64> = HashMap::new();
    for group in groups {
        *held.entry(group.principal).or_default() += group.count;
    }
    let (count, mut held) = (held.len(), held.into_iter().collect::<Vec<_>>());
    held.sort_by_key(|(principal, count)| (std::cmp::Reverse(*count), *principal));
    held.truncate(NAMED);
    Ok((named(tx, held).await?, count))
}
