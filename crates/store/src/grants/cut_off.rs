//! What was taken back and still has to be cut off by the provider.

use domain::Result;
use domain::grant::Revocability;
use domain::id::{GrantId, IntegrationId, ProjectId};
use jiff::Timestamp;

use super::{StoredGrant, columns, read};
use crate::engine::json;
use crate::{Query, Tx, args};

/// Notes that what was handed out was shown not to work any more; tells whether the grant was revoked.
///
/// # Errors
/// Those of the database.
pub async fn mark_cut_off(tx: &mut Tx, project: ProjectId, id: GrantId, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE grants SET cut_off_at = $1
               WHERE project = $2 AND id = $3 AND revoked_at IS NOT NULL AND cut_off_at IS NULL";
    Ok(tx.execute(sql, args![at, project, id]).await? == 1)
}

/// From now on these end only by themselves: nobody cuts them off.
///
/// # Errors
/// Those of the database.
pub async fn leave_to_expiry(tx: &mut Tx, project: ProjectId, id: GrantId) -> Result<()> {
    let sql = "UPDATE grants SET revocability = $1 WHERE project = $2 AND id = $3 AND cut_off_at IS NULL";
    tx.execute(sql, args![json(&Revocability::AtExpiry)?, project, id]).await?;
    Ok(())
}

/// Grants that are revoked, can be cut off, and are not yet: of one integration or of all; oldest first.
///
/// # Errors
/// Those of the database.
pub async fn awaiting_cut_off(
    tx: &mut Tx,
    integration: Option<IntegrationId>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE revoked_at IS NOT NULL AND cut_off_at IS NULL");
    let query = Query::new(sql, args![])
        .and("usable_until >", now)
        .and("revocability LIKE", "%\"bounded\"%")
        .and_opt("integration =", integration)
        .text(" ORDER BY id")
        .limit(limit);
    tx.fetch_query(query).await?.iter().map(|row| read(row, now)).collect()
}
