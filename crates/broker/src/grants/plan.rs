//! What a revocation means: which grants, and whom else cutting off their role would hit.

use std::collections::BTreeSet;

use domain::grant::Revocability;
use domain::id::{GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::integration::{Integration, Settings};
use domain::page::PageAsk;
use domain::{Error, ErrorKind, Result};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use store::Tx;
use store::grants::StoredGrant;
use store::integrations::IntegrationFilter;
use store::revocations::RevokedBy;

/// So many grants are named where many are meant.
pub(super) const NAMED: usize = 10;

/// Which grants a revocation is about.
pub(super) enum What {
    /// All that this names.
    By(RevokedBy),
    /// These.
    These(Vec<GrantId>),
}

impl What {
    async fn usable(&self, tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<Vec<StoredGrant>> {
        match self {
            Self::By(by) => store::grants::usable(tx, project, *by, now).await,
            Self::These(ids) => {
                let mut found = store::grants::these(tx, project, ids.iter().copied(), now).await?;
                found.retain(|stored| stored.revoked_at.is_none() && stored.grant.usable_until > now);
                Ok(found)
            }
        }
    }

    async fn revoke(
        &self,
        tx: &mut Tx,
        project: ProjectId,
        at: Timestamp,
        who: PrincipalId,
    ) -> Result<Vec<StoredGrant>> {
        match self {
            Self::By(by) => store::grants::revoke(tx, project, *by, at, who).await,
            Self::These(ids) => store::grants::revoke_these(tx, project, ids.iter().copied(), at, who).await,
        }
    }
}

/// What a revocation means for the stored objects.
pub(super) struct Plan {
    pub(super) what: What,
    pub(super) grants: Vec<StoredGrant>,
    /// Integrations whose older sessions the provider can be told to refuse.
    pub(super) cut: BTreeSet<IntegrationId>,
    pub(super) others: Vec<StoredGrant>,
}

pub(super) async fn plan(tx: &mut Tx, project: ProjectId, what: What, now: Timestamp) -> Result<Plan> {
    let grants = what.usable(tx, project, now).await?;
    let mut cut: BTreeSet<_> = grants.iter().filter(is_bounded).map(|stored| stored.grant.integration).collect();
    if !cut.is_empty() {
        cut = with_same_role(tx, project, cut).await?;
    }
    let others = others(tx, project, &what, &cut, now).await?;
    Ok(Plan { what, grants, cut, others })
}

/// What went through the integrations that are cut off, and is not named.
async fn others(
    tx: &mut Tx,
    project: ProjectId,
    what: &What,
    cut: &BTreeSet<IntegrationId>,
    now: Timestamp,
) -> Result<Vec<StoredGrant>> {
    let cut: Vec<_> = cut.iter().copied().collect();
    let (but, named) = match what {
        // Nobody else is in the project.
        What::By(RevokedBy::Project) => return Ok(Vec::new()),
        What::By(by) => (Some(*by), BTreeSet::new()),
        What::These(ids) => (None, ids.iter().copied().collect()),
    };
    let mut through = store::grants::usable_through(tx, project, &cut, but, now).await?;
    through.retain(|stored| !named.contains(&stored.grant.id));
    Ok(through)
}

/// What would be taken back and what would be cut off with it, `most` of each, for looking at.
pub(super) async fn preview(
    tx: &mut Tx,
    project: ProjectId,
    what: What,
    now: Timestamp,
    most: usize,
) -> Result<(Vec<StoredGrant>, Vec<StoredGrant>)> {
    if matches!(what, What::By(RevokedBy::Project)) {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        return Ok((store::grants::oldest_usable(tx, project, now, most).await?, Vec::new()));
    }
    let mut plan = plan(tx, project, what, now).await?;
    plan.grants.truncate(most);
    plan.others.truncate(most);
    Ok((plan.grants, plan.others))
}

fn is_bounded(stored: &&StoredGrant) -> bool {
    matches!(stored.grant.revocability, Revocability::Bounded { .. })
}

/// Cutting off is about a role, whichever integration it was assumed through.
async fn with_same_role(
    tx: &mut Tx,
    project: ProjectId,
    mut cut: BTreeSet<IntegrationId>,
) -> Result<BTreeSet<IntegrationId>> {
    let ids: Vec<_> = cut.iter().copied().collect();
    let sharing = store::integrations::sharing_role(tx, project, &ids).await?;
    let roles: BTreeSet<_> = ids.iter().filter_map(|id| sharing.get(id)).filter_map(role).collect();
    let same = sharing.iter().filter(|(_, settings)| role(settings).is_some_and(|role| roles.contains(&role)));
    cut.extend(same.map(|(id, _)| *id));
    Ok(cut)
}

/// The same role at another address is the role of another cloud.
fn role(settings: &Settings) -> Option<(&str, Option<&String>)> {
    Some((settings.get("role_arn")?, settings.get("endpoint")))
}

pub(super) async fn all_integrations(tx: &mut Tx, project: ProjectId) -> Result<Vec<Integration>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let ask = PageAsk { after, limit: domain::page::MAX_LIMIT };
        let page = store::integrations::list(tx, project, &IntegrationFilter::default(), &ask).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Whether the provider is told; refuses where that would hit others and nobody said so.
pub(super) fn cuts(plan: &Plan, cut_off_others: Option<bool>) -> Result<bool> {
    match cut_off_others {
        _ if plan.cut.is_empty() => Ok(false),
        _ if plan.others.is_empty() => Ok(true),
        Some(choice) => Ok(choice),
        None => {
            let named: Vec<_> = plan.others.iter().take(NAMED).map(|stored| stored.grant.id.to_string()).collect();
            let (count, named) = (plan.others.len(), named.join(", "));
            let message = format!("this would also cut off {count} other live grant(s) of the same role: {named}");
            Err(Error::new(ErrorKind::Conflict, message).at("/cut_off_others").with_hint(
                "send \"cut_off_others\": true to cut them off too, or false to let what is revoked end by itself",
            ))
        }
    }
}

/// Marks everything; what is cut off with it is marked too, since it stops working.
pub(super) async fn apply(
    tx: &mut Tx,
    project: ProjectId,
    plan: &Plan,
    who: PrincipalId,
    now: Timestamp,
) -> Result<Vec<StoredGrant>> {
    if plan.cut.is_empty() {
        let grants = plan.what.revoke(tx, project, now, who).await?;
        for stored in grants.iter().filter(is_bounded) {
            store::grants::leave_to_expiry(tx, project, stored.grant.id).await?;
        }
        return Ok(grants);
    }
    // Providers cut by whole seconds: what begins within this one must not be believed to work.
    let at = whole_second_after(now);
    let mut grants = plan.what.revoke(tx, project, at, who).await?;
    for integration in &plan.cut {
        let by = RevokedBy::Integration(*integration);
        grants.extend(store::grants::revoke(tx, project, by, at, who).await?);
    }
    Ok(grants)
}

/// What was handed out through a role that an integration gives up can only end by itself: cutting off would
/// hit the role that takes its place, and show nothing about the old one.
pub(crate) async fn leave_to_expiry(
    tx: &mut Tx,
    project: ProjectId,
    integration: IntegrationId,
    now: Timestamp,
) -> Result<()> {
    let mut left = store::grants::usable(tx, project, RevokedBy::Integration(integration), now).await?;
    left.extend(store::grants::awaiting_cut_off(tx, Some(integration), now, u32::MAX).await?);
    for stored in left.iter().filter(is_bounded) {
        store::grants::leave_to_expiry(tx, project, stored.grant.id).await?;
    }
    Ok(())
}

fn whole_second_after(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_takes_effect_from_the_next_whole_second() {
        let at: Timestamp = "2026-11-22T18:44:25.7Z".parse().unwrap();
        assert_eq!(whole_second_after(at).to_string(), "2026-11-22T18:44:26Z");
        assert_eq!(whole_second_after(whole_second_after(at)).to_string(), "2026-11-22T18:44:26Z");
    }
}
