//! Taking back what may still work.

use std::collections::BTreeSet;

use domain::Result;
use domain::id::{GrantId, PrincipalId, ProjectId};
use jiff::Timestamp;

use super::{StoredGrant, columns, read};
use crate::revocations::{self, RevokedBy};
use crate::{Query, Tx, args, projects};

fn named(query: Query, by: RevokedBy) -> Query {
    match by {
        RevokedBy::Grant(id) => query.and("id =", id),
        RevokedBy::Integration(id) => query.and("integration =", id),
        RevokedBy::Datasource(id) => query.and("datasource =", id),
        RevokedBy::Principal(id) => query.and("principal =", id),
        RevokedBy::Holder(datasource, principal) => query.and("datasource =", datasource).and("principal =", principal),
        RevokedBy::Project => query,
    }
}

/// Everything that may still work and that this names: what [`revoke`] would take back, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn usable(tx: &mut Tx, project: ProjectId, by: RevokedBy, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE project = $1 AND revoked_at IS NULL");
    let query = named(Query::new(sql, args![project]).and("usable_until >", now), by).text(" ORDER BY id");
    tx.fetch_query(query).await?.iter().map(|row| read(row, now)).collect()
}

/// Takes back everything that may still work and that this names; returns it, oldest first.
///
/// It is also written down as a revocation, so that no session older than `at` is used for it again.
///
/// # Errors
/// `not_found` if the project is gone.
pub async fn revoke(
    tx: &mut Tx,
    project: ProjectId,
    by: RevokedBy,
    at: Timestamp,
    who: PrincipalId,
) -> Result<Vec<StoredGrant>> {
    projects::lock(tx, project, false).await?;
    if !matches!(by, RevokedBy::Grant(_)) {
        revocations::insert(tx, project, by, at, who).await?;
    }
    let sql = "UPDATE grants SET revoked_at = $1, revoked_by = $2,
                   cut_off_at = CASE WHEN revocability LIKE '%\"immediate\"%' THEN $1 ELSE cut_off_at END
               WHERE project = $3 AND revoked_at IS NULL AND usable_until > $1";
    let query = named(Query::new(sql, args![at, who, project]), by);
    let rows = tx.fetch_query(query.text(concat!(" RETURNING ", columns!()))).await?;
    let mut revoked = rows.iter().map(|row| read(row, at)).collect::<Result<Vec<_>>>()?;
    revoked.sort_by_key(|stored| stored.grant.id);
    if let (RevokedBy::Grant(_), [only]) = (by, revoked.as_slice()) {
        let holder = RevokedBy::Holder(only.grant.datasource, only.grant.principal);
        revocations::insert(tx, project, holder, at, who).await?;
    }
    Ok(revoked)
}

/// Takes back those of these that may still work; returns them, oldest first.
///
/// As with one of them, no session of its holder that is older than `at` is used for its datasource again.
///
/// # Errors
/// `not_found` if the project is gone.
pub async fn revoke_these(
    tx: &mut Tx,
    project: ProjectId,
    ids: impl IntoIterator<Item = GrantId>,
    at: Timestamp,
    who: PrincipalId,
) -> Result<Vec<StoredGrant>> {
    projects::lock(tx, project, false).await?;
    let sql = "UPDATE grants SET revoked_at = $1, revoked_by = $2,
                   cut_off_at = CASE WHEN revocability LIKE '%\"immediate\"%' THEN $1 ELSE cut_off_at END
               WHERE revoked_at IS NULL AND usable_until > $1";
    let query = Query::new(sql, args![at, who]).and_in("id", ids).only_of(project);
    let rows = tx.fetch_query(query.text(concat!(" RETURNING ", columns!()))).await?;
    let mut revoked = rows.iter().map(|row| read(row, at)).collect::<Result<Vec<_>>>()?;
    revoked.sort_by_key(|stored| stored.grant.id);
    let holders: BTreeSet<_> = revoked.iter().map(|stored| (stored.grant.datasource, stored.grant.principal)).collect();
    for (datasource, principal) in holders {
        revocations::insert(tx, project, RevokedBy::Holder(datasource, principal), at, who).await?;
    }
    Ok(revoked)
}
