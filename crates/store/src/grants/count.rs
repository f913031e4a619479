//! How many grants there are of a kind; where it may be very many, counting ends somewhere.

use std::collections::HashMap;

use domain::Result;
use domain::grant::GrantState;
use domain::id::{IntegrationId, ProjectId};
use jiff::Timestamp;

use super::{GrantFilter, condition};
use crate::{Query, Tx, args};

/// How many grants of a project are live or expired, none of them taken back; counting ends at `most`.
pub(super) async fn count_standing(
    tx: &mut Tx,
    project: ProjectId,
    state: GrantState,
    now: Timestamp,
    most: u32,
) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS found FROM (SELECT 1 FROM grants WHERE project = $1";
    let query = Query::new(sql, args![project]).and(condition(state), now).limit(most).text(") found");
    let rows = tx.fetch_query(query).await?;
    Ok(rows.first().map(|row| row.get_count("found")).transpose()?.unwrap_or_default())
}

/// How many grants of a project are live; counting ends at `most`.
///
/// # Errors
/// Those of the database.
pub async fn count_live_in_project(tx: &mut Tx, project: ProjectId, now: Timestamp, most: u32) -> Result<u64> {
    count_standing(tx, project, GrantState::Live, now, most).await
}

/// How many grants of each of these integrations are live; those without any are left out.
///
/// # Errors
/// Those of the database.
pub async fn count_live_by_integration(
    tx: &mut Tx,
    integrations: impl IntoIterator<Item = IntegrationId>,
    now: Timestamp,
) -> Result<HashMap<IntegrationId, u64>> {
    let sql = "SELECT integration, COUNT(*) AS live FROM grants WHERE revoked_at IS NULL";
    let query = Query::new(sql, args![])
        .and_in("integration", integrations)
        .and("usable_until >", now)
        .and("expires_at >", now)
        .text(" GROUP BY integration");
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get("integration")?, row.get_count("live")?))).collect()
}

/// How many grants are live now, of an integration or a datasource.
///
/// # Errors
/// Those of the database.
pub async fn count_live(tx: &mut Tx, project: ProjectId, filter: GrantFilter, now: Timestamp) -> Result<u64> {
    let query = Query::new("SELECT COUNT(*) AS live FROM grants WHERE project = $1", args![project])
        .and_opt("integration =", filter.integration)
        .and_opt("datasource =", filter.datasource)
        .and_opt("principal =", filter.principal)
        .and(condition(GrantState::Live), now);
    let rows = tx.fetch_query(query).await?;
    Ok(rows.first().map(|row| row.get_count("live")).transpose()?.unwrap_or_default())
}
