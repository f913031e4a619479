//! Grants as they are shown: one, some, and pages of many.

use domain::Result;
use domain::grant::{GrantKind, GrantState};
use domain::id::{DatasourceId, GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::page::{Page, PageAsk};
use jiff::Timestamp;

use super::count::count_standing;
use super::{StoredGrant, columns, condition, read};
use crate::engine::{after, page, word};
use crate::{Query, Tx, args};

/// Which grants to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct GrantFilter {
    /// Made through it.
    pub integration: Option<IntegrationId>,
    /// Of it.
    pub datasource: Option<DatasourceId>,
    /// To him.
    pub principal: Option<PrincipalId>,
    /// In this state now.
    pub state: Option<GrantState>,
    /// Of this kind.
    pub kind: Option<GrantKind>,
}

/// Fewer than so many of a state are looked at all; of more the newest are found by walking back.
const FEW: u32 = 10_000;

/// A grant of the project.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, id: GrantId, now: Timestamp) -> Result<Option<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE project = $1 AND id = $2");
    tx.fetch_optional(sql, args![project, id]).await?.map(|row| read(&row, now)).transpose()
}

/// The grants of a project, newest first.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    filter: GrantFilter,
    now: Timestamp,
    ask: &PageAsk,
) -> Result<Page<StoredGrant>> {
    let few = match filter.state {
        Some(state @ (GrantState::Live | GrantState::Expired)) => {
            count_standing(tx, project, state, now, FEW).await? < u64::from(FEW)
        }
        Some(GrantState::Revoking | GrantState::Revoked) | None => false,
    };
    let sql = match few {
        true => concat!("SELECT ", columns!(), " FROM grants WHERE id IN (SELECT id FROM grants WHERE project = $1"),
        false => concat!("SELECT ", columns!(), " FROM grants WHERE project = $1"),
    };
    let mut query = Query::new(sql, args![project])
        .and_opt("integration =", filter.integration)
        .and_opt("datasource =", filter.datasource)
        .and_opt("principal =", filter.principal)
        .and_opt("kind =", filter.kind.as_ref().map(word).transpose()?)
        .and_opt("id <", after::<GrantId>(ask)?);
    query = match filter.state {
        Some(state) if few => query.and(condition(state), now),
        Some(GrantState::Live) => query.and("revoked_at IS NULL AND expires_at + 0 >", now),
        Some(GrantState::Expired) => query.and("revoked_at IS NULL AND expires_at + 0 <=", now),
        Some(state) => query.and(condition(state), now),
        None => query,
    };
    let query = match few {
        // What is no column is on no index: a few are found by their state, and only then put in order. Of
        // many the newest are found by walking back, whatever their state.
        true => query.text(" ORDER BY id || '' DESC").limit(ask.limit + 1).text(") ORDER BY id DESC"),
        false => query.text(" ORDER BY id DESC").limit(ask.limit + 1),
    };
    page(tx.fetch_query(query).await?, ask, |item: &StoredGrant| item.grant.id.to_string(), |row| read(row, now))
}

/// The live grants of a project that end next.
///
/// # Errors
/// Those of the database.
pub async fn ending_next(tx: &mut Tx, project: ProjectId, now: Timestamp, limit: u32) -> Result<Vec<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE project = $1");
    let query = Query::new(sql, args![project]).and(condition(GrantState::Live), now);
    let rows = tx.fetch_query(query.text(" ORDER BY expires_at, id").limit(limit)).await?;
    rows.iter().map(|row| read(row, now)).collect()
}

/// These grants of the project, those that are there; the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn these(
    tx: &mut Tx,
    project: ProjectId,
    ids: impl IntoIterator<Item = GrantId>,
    now: Timestamp,
) -> Result<Vec<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE 1 = 1");
    let query = Query::new(sql, args![]).and_in("id", ids).only_of(project).text(" ORDER BY id");
    tx.fetch_query(query).await?.iter().map(|row| read(row, now)).collect()
}
