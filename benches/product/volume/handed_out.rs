//! Grants of a month: URLs that live for a week, credentials that live for twelve hours, some taken back.

use std::sync::Arc;

use domain::datasource::Datasource;
use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::GrantId;
use jiff::SignedDuration;
use store::Store;

use super::proven::assumes_role;
use super::{GRANTS, Ground, People, unit};

const UNIT: usize = 1_000;
const MONTH: usize = 30 * 86_400;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);
/// So many live ones are named.
const NAMED: usize = 60;

/// Gives the newest that are live.
pub(super) async fn make(
    store: &Store,
    ground: &Arc<Ground>,
    users: &People,
    datasources: &[Datasource],
) -> Vec<String> {
    let mut live = Vec::new();
    for from in (0..GRANTS).step_by(UNIT) {
        let some: Vec<_> = (from..from + UNIT).map(|at| grant(ground, users, datasources, at)).collect();
        // One in twenty, half an hour after the last of them.
        let (back, kept): (Vec<_>, Vec<_>) = some.iter().enumerate().partition(|(at, _)| at % 20 == 3);
        let ids: Vec<GrantId> = back.iter().map(|(_, grant)| grant.id).collect();
        let at = some.last().map_or(ground.now, |last| last.created_at + SignedDuration::from_mins(30)).min(ground.now);
        live.extend(kept.iter().filter(|(_, grant)| grant.expires_at > ground.now).map(|(_, one)| one.id.to_string()));
        let ground = Arc::clone(ground);
        unit(store, move |tx| {
            Box::pin(async move {
                for one in &some {
                    store::grants::insert(tx, one, None).await?;
                }
                let revoked = store::grants::revoke_these(tx, ground.project, ids, at, ground.administrator).await?;
                // Else the server would go on asking the clouds of roles that are not there.
                for one in revoked.iter().filter(|one| one.grant.revocability != Revocability::AtExpiry) {
                    store::grants::mark_cut_off(tx, ground.project, one.grant.id, at).await?;
                }
                Ok(())
            })
        })
        .await;
    }
    eprintln!("bench: {} of {GRANTS} grants are live", live.len());
    live.split_off(live.len().saturating_sub(NAMED))
}

/// Every fifth is of the first user, every tenth of the first datasource.
fn grant(ground: &Ground, users: &People, datasources: &[Datasource], at: usize) -> Grant {
    let (user, _) = users.get(if at.is_multiple_of(5) { 0 } else { at * 7 % users.len() }).expect("a user");
    // As datasources of the first integration are at the end of the list, it has a few more.
    let source = if at % 10 == 1 { 0 } else { at * 7_919 % datasources.len() };
    let datasource = datasources.get(source).expect("a datasource");
    let created_at = ground.ago(MONTH - at * MONTH / GRANTS);
    let (kind, life) = match at % 2 {
        0 => (GrantKind::Urls, WEEK),
        _ => (GrantKind::Credential, HALF_A_DAY),
    };
    Grant {
        id: GrantId::new(),
        project: ground.project,
        kind,
        integration: datasource.integration,
        datasource: datasource.id,
        principal: *user,
        created_at,
        expires_at: created_at + life,
        usable_until: created_at + life,
        state: GrantState::Live,
        // What was handed out with a session of a role can be cut off.
        revocability: match assumes_role(source) {
            true => Revocability::Bounded { bound_seconds: 60 },
            false => Revocability::AtExpiry,
        },
        scope: GrantScope {
            bucket: datasource.bucket.to_string(),
            prefix: datasource.prefix.to_string(),
            access: if kind == GrantKind::Urls { "GET" } else { "read" }.to_owned(),
            count: (kind == GrantKind::Urls).then_some(100),
        },
    }
}
