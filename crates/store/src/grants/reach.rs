//! What a revocation reaches, counted by the database: only what is shown is read.
//!
//! All of it is found on one index over what may still work in the project. Its other columns would lead
//! the database to indexes that hold less, so they are compared as expressions, which are on none.

use std::collections::BTreeSet;

use domain::Result;
use domain::grant::Revocability;
use domain::id::{GrantId, IntegrationId, PrincipalId, ProjectId};
use jiff::Timestamp;

use super::{StoredGrant, columns, read};
use crate::revocations::RevokedBy;
use crate::{Query, Row, Tx, args};

/// Which grants a revocation is about.
#[derive(Debug, Clone)]
pub enum Which {
    /// All that this names.
    By(RevokedBy),
    /// These.
    These(Vec<GrantId>),
}

/// Grants that may still work, of one holder and taken back in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableGroup {
    /// Whose they are.
    pub principal: PrincipalId,
    /// How they can be taken back.
    pub revocability: Revocability,
    /// How many they are.
    pub count: u64,
    /// Until when the last of them may work.
    pub usable_until: Timestamp,
}

impl UsableGroup {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            principal: row.get("principal")?,
            revocability: row.get_json("revocability")?,
            count: row.get_count("found")?,
            usable_until: row.get_time("usable_until")?,
        })
    }
}

/// Begins what [`cut`] ends: the integrations through which something of these went that the provider can be
/// told to refuse.
const HELD: &str = "WITH held AS MATERIALIZED (SELECT DISTINCT integration FROM grants
    WHERE project = $1 AND revoked_at IS NULL AND usable_until > $2 AND revocability LIKE '%\"bounded\"%'";

/// Those, and the integrations that assume the same role as one of those. That a role is shared is rare, so
/// shared ones come first: where there are none, nothing is looked for.
const CUT: &str = "), shared AS MATERIALIZED (SELECT role FROM integrations
        WHERE project = $1 AND role IS NOT NULL GROUP BY role HAVING COUNT(*) > 1),
    cut AS MATERIALIZED (SELECT integration FROM held UNION SELECT id FROM integrations
        WHERE project = $1 AND role IN (SELECT role FROM integrations
            WHERE project = $1 AND role IN (SELECT role FROM shared) AND id IN (SELECT integration FROM held)))";

/// Names the integrations whose older sessions are refused as `cut`.
fn cut(project: ProjectId, which: &Which, now: Timestamp) -> Query {
    named(Query::new(HELD, args![project, now]), which).text(CUT)
}

/// How many of these may still work, by holder and by how they can be taken back.
///
/// # Errors
/// Those of the database.
pub async fn usable_groups(tx: &mut Tx, project: ProjectId, which: &Which, now: Timestamp) -> Result<Vec<UsableGroup>> {
    let sql = "SELECT principal, revocability, COUNT(*) AS found, MAX(usable_until) AS usable_until FROM grants
               WHERE project = $1 AND revoked_at IS NULL AND usable_until > $2";
    let query = named(Query::new(sql, args![project, now]), which).text(" GROUP BY principal, revocability");
    tx.fetch_query(query).await?.iter().map(UsableGroup::read).collect()
}

/// Those of these that may work the longest.
///
/// # Errors
/// Those of the database.
pub async fn usable_longest(
    tx: &mut Tx,
    project: ProjectId,
    which: &Which,
    now: Timestamp,
    most: u32,
) -> Result<Vec<StoredGrant>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM grants WHERE id IN (SELECT id FROM grants
             WHERE project = $1 AND revoked_at IS NULL AND usable_until > $2"
    );
    let query = named(Query::new(sql, args![project, now]), which).text(" ORDER BY usable_until DESC, id DESC");
    let query = query.limit(most).text(") ORDER BY usable_until DESC, id DESC");
    tx.fetch_query(query).await?.iter().map(|row| read(row, now)).collect()
}

/// The integrations whose older sessions the provider refuses, if it cuts off what it can of these: cutting off
/// is about a role, whichever integration it was assumed through.
///
/// # Errors
/// Those of the database.
pub async fn cut_off_with(
    tx: &mut Tx,
    project: ProjectId,
    which: &Which,
    now: Timestamp,
) -> Result<BTreeSet<IntegrationId>> {
    let rows = tx.fetch_query(cut(project, which, now).text(" SELECT integration FROM cut")).await?;
    rows.iter().map(|row| Ok(row.get("integration")?)).collect()
}

/// What else may still work and went through the integrations of [`cut_off_with`]: how many, and those that may
/// work the longest.
///
/// # Errors
/// Those of the database.
pub async fn usable_beside(
    tx: &mut Tx,
    project: ProjectId,
    which: &Which,
    now: Timestamp,
    most: u32,
) -> Result<(u64, Vec<StoredGrant>)> {
    let others = cut(project, which, now).text(
        ", others AS MATERIALIZED (SELECT id, usable_until FROM grants
             WHERE project = $1 AND revoked_at IS NULL AND usable_until > $2 AND integration || '' IN (SELECT integration FROM cut)",
    );
    let query = beside(others, which).text(concat!(
        ") SELECT ",
        columns!(),
        ", (SELECT COUNT(*) FROM others) AS found FROM grants
         WHERE id IN (SELECT id FROM others ORDER BY usable_until DESC, id DESC"
    ));
    let rows = tx.fetch_query(query.limit(most).text(") ORDER BY usable_until DESC, id DESC")).await?;
    let found = rows.first().map(|row| row.get_count("found")).transpose()?.unwrap_or_default();
    Ok((found, rows.iter().map(|row| read(row, now)).collect::<Result<_>>()?))
}

fn named(query: Query, which: &Which) -> Query {
    match which {
        Which::These(ids) => query.and_in("id", ids.iter().copied()),
        Which::By(RevokedBy::Grant(id)) => query.and("id =", *id),
        Which::By(RevokedBy::Integration(id)) => query.and("integration || '' =", *id),
        Which::By(RevokedBy::Datasource(id)) => query.and("datasource || '' =", *id),
        Which::By(RevokedBy::Principal(id)) => query.and("principal || '' =", *id),
        Which::By(RevokedBy::Holder(datasource, principal)) => {
            query.and("datasource || '' =", *datasource).and("principal || '' =", *principal)
        }
        Which::By(RevokedBy::Project) => query,
    }
}

fn beside(query: Query, which: &Which) -> Query {
    match which {
        Which::These(ids) => query.and_not_in("id", ids.iter().copied()),
        Which::By(RevokedBy::Grant(id)) => query.and("id <>", *id),
        Which::By(RevokedBy::Integration(id)) => query.and("integration <>", *id),
        Which::By(RevokedBy::Datasource(id)) => query.and("datasource <>", *id),
        Which::By(RevokedBy::Principal(id)) => query.and("principal <>", *id),
        Which::By(RevokedBy::Holder(datasource, principal)) => {
            query.and("NOT (datasource =", *datasource).and("principal =", *principal).text(")")
        }
        // Nobody else is in the project.
        Which::By(RevokedBy::Project) => query.text(" AND 1 = 0"),
    }
}
