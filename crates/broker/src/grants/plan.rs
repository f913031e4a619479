//! What a revocation means: which grants, and whom else cutting off their role would hit.

use std::collections::BTreeSet;

use domain::grant::Revocability;
use domain::id::{GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::{Error, ErrorKind, Result};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use store::Tx;
use store::grants::{StoredGrant, Which};
use store::revocations::RevokedBy;

/// So many grants are named where many are meant.
pub(super) const NAMED: usize = 10;

/// What a revocation means for the stored objects.
pub(super) struct Plan {
    pub(super) which: Which,
    /// Integrations whose older sessions the provider can be told to refuse.
    pub(super) cut: BTreeSet<IntegrationId>,
    /// How many other grants would stop working with it.
    pub(super) others: u64,
    /// Some of them.
    named: Vec<GrantId>,
}

pub(super) async fn plan(tx: &mut Tx, project: ProjectId, which: Which, now: Timestamp) -> Result<Plan> {
    let cut = store::grants::cut_off_with(tx, project, &which, now).await?;
    let most = u32::try_from(NAMED).map_err(Error::internal)?;
    let (others, named) = match cut.is_empty() {
        true => (0, Vec::new()),
        false => store::grants::usable_beside(tx, project, &which, now, most).await?,
    };
    let named = named.into_iter().map(|stored| stored.grant.id).collect();
    Ok(Plan { which, cut, others, named })
}

impl Plan {
    async fn revoke(
        &self,
        tx: &mut Tx,
        project: ProjectId,
        at: Timestamp,
        who: PrincipalId,
    ) -> Result<Vec<StoredGrant>> {
        match &self.which {
            Which::By(by) => store::grants::revoke(tx, project, *by, at, who).await,
            Which::These(ids) => store::grants::revoke_these(tx, project, ids.iter().copied(), at, who).await,
        }
    }
}

fn is_bounded(stored: &&StoredGrant) -> bool {
    matches!(stored.grant.revocability, Revocability::Bounded { .. })
}

/// Whether the provider is told; refuses where that would hit others and nobody said so.
pub(super) fn cuts(plan: &Plan, cut_off_others: Option<bool>) -> Result<bool> {
    match cut_off_others {
        _ if plan.cut.is_empty() => Ok(false),
        _ if plan.others == 0 => Ok(true),
        Some(choice) => Ok(choice),
        None => {
            let named: Vec<_> = plan.named.iter().map(ToString::to_string).collect();
            let (count, named) = (plan.others, named.join(", "));
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
        let grants = plan.revoke(tx, project, now, who).await?;
        for stored in grants.iter().filter(is_bounded) {
            store::grants::leave_to_expiry(tx, project, stored.grant.id).await?;
        }
        return Ok(grants);
    }
    // Providers cut by whole seconds: what begins within this one must not be believed to work.
    let at = whole_second_after(now);
    let mut grants = plan.revoke(tx, project, at, who).await?;
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
