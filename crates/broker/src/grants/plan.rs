//! What a revocation means: which grants, and whom else cutting off their role would hit.

use std::collections::BTreeSet;

use domain::grant::Revocability;
use domain::id::{GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::integration::Integration;
use domain::page::PageAsk;
use domain::{Error, ErrorKind, Result};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use store::Tx;
use store::grants::StoredGrant;
use store::revocations::RevokedBy;

/// So many grants are named where many are meant.
pub(super) const NAMED: usize = 10;

/// What a revocation means for the stored objects.
pub(super) struct Plan {
    pub(super) by: RevokedBy,
    pub(super) grants: Vec<StoredGrant>,
    /// Integrations whose older sessions the provider can be told to refuse.
    pub(super) cut: BTreeSet<IntegrationId>,
    pub(super) others: Vec<StoredGrant>,
}

pub(super) async fn plan(tx: &mut Tx, project: ProjectId, by: RevokedBy, now: Timestamp) -> Result<Plan> {
    let grants = store::grants::usable(tx, project, by, now).await?;
    let mut cut: BTreeSet<_> = grants.iter().filter(is_bounded).map(|stored| stored.grant.integration).collect();
    if !cut.is_empty() {
        cut = with_same_role(&all_integrations(tx, project).await?, cut);
    }
    let named: BTreeSet<GrantId> = grants.iter().map(|stored| stored.grant.id).collect();
    let mut others = Vec::new();
    for integration in &cut {
        let through = store::grants::usable(tx, project, RevokedBy::Integration(*integration), now).await?;
        others.extend(through.into_iter().filter(|stored| !named.contains(&stored.grant.id)));
    }
    Ok(Plan { by, grants, cut, others })
}

fn is_bounded(stored: &&StoredGrant) -> bool {
    matches!(stored.grant.revocability, Revocability::Bounded { .. })
}

/// Cutting off is about a role, whichever integration it was assumed through.
fn with_same_role(all: &[Integration], cut: BTreeSet<IntegrationId>) -> BTreeSet<IntegrationId> {
    let roles: BTreeSet<_> = all.iter().filter(|one| cut.contains(&one.id)).filter_map(role).collect();
    let same = all.iter().filter(|one| role(one).is_some_and(|role| roles.contains(&role))).map(|one| one.id);
    cut.iter().copied().chain(same).collect()
}

fn role(integration: &Integration) -> Option<(&str, Option<&String>)> {
    Some((integration.settings.get("role_arn")?, integration.settings.get("endpoint")))
}

pub(super) async fn all_integrations(tx: &mut Tx, project: ProjectId) -> Result<Vec<Integration>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store::integrations::list(tx, project, &PageAsk { after, limit: domain::page::MAX_LIMIT }).await?;
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
        let grants = store::grants::revoke(tx, project, plan.by, now, who).await?;
        for stored in grants.iter().filter(is_bounded) {
            store::grants::leave_to_expiry(tx, project, stored.grant.id).await?;
        }
        return Ok(grants);
    }
    // Providers cut by whole seconds: what begins within this one must not be believed to work.
    let at = whole_second_after(now);
    let mut grants = store::grants::revoke(tx, project, plan.by, at, who).await?;
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
