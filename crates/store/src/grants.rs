//! Grants: what was handed out, and taking it back.
//!
//! A grant is kept before what it stands for is released. Revoking and handing out in one project
//! take turns, so that nothing is handed out from a session that a revocation has just cut off.

use std::collections::{BTreeSet, HashMap};

use domain::grant::{Grant, GrantKind, GrantState, Revocability};
use domain::id::{DatasourceId, GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::page::{Page, PageAsk};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{after, json, page, word};
use crate::revocations::{self, RevokedBy};
use crate::{Engine, Query, Row, Tx, args, projects};

/// A grant, and how it ended.
#[derive(Debug, Clone)]
pub struct StoredGrant {
    /// The grant; its state is that of the time that was given to read it.
    pub grant: Grant,
    /// When the cloud's session began that it was made from.
    pub session_started_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    pub revoked_by: Option<PrincipalId>,
    /// When it was shown that what was handed out does not work any more.
    pub cut_off_at: Option<Timestamp>,
}

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

macro_rules! columns {
    () => {
        "id, project, kind, integration, datasource, principal, created_at, expires_at, usable_until, revocability,
         scope, session_started_at, revoked_at, revoked_by, cut_off_at"
    };
}

fn read(row: &Row, now: Timestamp) -> Result<StoredGrant> {
    let (expires_at, usable_until) = (row.get_time("expires_at")?, row.get_time("usable_until")?);
    let (revoked_at, cut_off_at) = (row.get_opt_time("revoked_at")?, row.get_opt_time("cut_off_at")?);
    let state = match revoked_at {
        Some(_) if cut_off_at.unwrap_or(usable_until) <= now => GrantState::Revoked,
        Some(_) => GrantState::Revoking,
        None if expires_at <= now => GrantState::Expired,
        None => GrantState::Live,
    };
    let grant = Grant {
        id: row.get("id")?,
        project: row.get("project")?,
        kind: row.get_word("kind")?,
        integration: row.get("integration")?,
        datasource: row.get("datasource")?,
        principal: row.get("principal")?,
        created_at: row.get_time("created_at")?,
        expires_at,
        usable_until,
        state,
        revocability: row.get_json("revocability")?,
        scope: row.get_json("scope")?,
    };
    let session_started_at = row.get_opt_time("session_started_at")?;
    Ok(StoredGrant { grant, session_started_at, revoked_at, revoked_by: row.get_opt("revoked_by")?, cut_off_at })
}

/// Keeps a new grant; what it stands for may be released when the unit is durable. Gives the revision
/// that its integration has now, if it is still there.
///
/// # Errors
/// `not_found` if project or datasource are gone, `conflict` if the session that it was made from
/// was cut off by a revocation in the meantime: open a new session and try again.
pub async fn insert(tx: &mut Tx, new: &Grant, session_started_at: Option<Timestamp>) -> Result<Option<i64>> {
    projects::lock(tx, new.project, true).await?;
    let stand = stand(tx, new).await?;
    if session_started_at.is_some_and(|started| stand.revoked_at.is_some_and(|at| started <= at)) {
        return Err(Error::new(ErrorKind::Conflict, "access was revoked while it was being handed out")
            .with_hint("Ask again: a new session will be opened.")
            .with_retryable(true));
    }
    tx.defer(
        "INSERT INTO grants (id, project, kind, integration, datasource, principal, created_at, expires_at, usable_until,
             revocability, scope, session_started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            new.id,
            new.project,
            word(&new.kind)?,
            new.integration,
            new.datasource,
            new.principal,
            new.created_at,
            new.expires_at,
            new.usable_until,
            json(&new.revocability)?,
            json(&new.scope)?,
            session_started_at
        ],
    )
    .await?;
    Ok(stand.revision)
}

/// What a grant is made of, as it is when the grant is kept.
struct Stand {
    /// Of its integration.
    revision: Option<i64>,
    /// When access of this kind was last revoked.
    revoked_at: Option<Timestamp>,
}

/// Reads it, and keeps the datasource from being removed before this unit ends. The project is locked: a
/// statement that waited for that lock itself would not see the revocation that it waited for.
async fn stand(tx: &mut Tx, new: &Grant) -> Result<Stand> {
    macro_rules! sql {
        ($lock:literal) => {
            concat!(
                "SELECT i.revision AS revision, ",
                revocations::reaching!(),
                " AS revoked_at
                 FROM datasources d LEFT JOIN integrations i ON i.project = d.project AND i.id = $2
                 WHERE d.project = $1 AND d.id = $3",
                $lock
            )
        };
    }
    let sql = match tx.engine() {
        Engine::Sqlite => sql!(""),
        Engine::Postgres => sql!(" FOR KEY SHARE OF d"),
    };
    let holder = revocations::holder(new.datasource, new.principal);
    let args = args![new.project, new.integration, new.datasource, new.principal, holder];
    let row = tx.fetch_optional(sql, args).await?;
    let row = row.ok_or_else(|| Error::new(ErrorKind::NotFound, "the datasource was deleted in the meantime"))?;
    Ok(Stand { revision: row.get_opt_i64("revision")?, revoked_at: row.get_opt_time("revoked_at")? })
}

/// Moves the end of a grant that something is issued under again; tells whether it is not revoked.
///
/// # Errors
/// Those of the database.
pub async fn extend(
    tx: &mut Tx,
    project: ProjectId,
    id: GrantId,
    expires_at: Timestamp,
    usable_until: Timestamp,
) -> Result<bool> {
    projects::lock(tx, project, true).await?;
    let touched = tx
        .execute(
            "UPDATE grants SET expires_at = $1, usable_until = CASE WHEN usable_until > $2 THEN usable_until ELSE $2 END
             WHERE project = $3 AND id = $4 AND revoked_at IS NULL",
            args![expires_at, usable_until, project, id],
        )
        .await?;
    Ok(touched == 1)
}

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

/// Fewer than so many of a state are looked at all; of more the newest are found by walking back.
const FEW: u32 = 10_000;

/// How many grants of a project are live or expired, none of them taken back; counting ends at `most`.
async fn count_standing(tx: &mut Tx, project: ProjectId, state: GrantState, now: Timestamp, most: u32) -> Result<u64> {
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

/// What grants went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// An integration of the project.
    Integration(IntegrationId),
    /// A datasource of the project.
    Datasource(DatasourceId),
}

impl Through {
    fn query(self, integration: &'static str, datasource: &'static str) -> Query {
        match self {
            Self::Integration(id) => Query::new(integration, args![id]),
            Self::Datasource(id) => Query::new(datasource, args![id]),
        }
    }
}

/// Who holds live grants of this, those with the most first; looks at `most` grants.
///
/// # Errors
/// Those of the database.
pub async fn holders(
    tx: &mut Tx,
    through: Through,
    now: Timestamp,
    most: u32,
    limit: u32,
) -> Result<Vec<(PrincipalId, u64)>> {
    macro_rules! sql {
        ($column:literal) => {
            concat!(
                "SELECT principal, COUNT(*) AS held FROM (SELECT principal FROM grants WHERE ",
                $column,
                " = $1 AND revoked_at IS NULL"
            )
        };
    }
    let query = through
        .query(sql!("integration"), sql!("datasource"))
        .and("usable_until >", now)
        .and("expires_at >", now)
        .limit(most)
        .text(") held GROUP BY principal ORDER BY COUNT(*) DESC, principal")
        .limit(limit);
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get("principal")?, row.get_count("held")?))).collect()
}

/// How many grants of this are live; counting ends at `most`.
///
/// # Errors
/// Those of the database.
pub async fn count_live_through(tx: &mut Tx, through: Through, now: Timestamp, most: u32) -> Result<u64> {
    macro_rules! sql {
        ($column:literal) => {
            concat!(
                "SELECT COUNT(*) AS found FROM (SELECT 1 FROM grants WHERE ",
                $column,
                " = $1 AND revoked_at IS NULL"
            )
        };
    }
    let query = through.query(sql!("integration"), sql!("datasource"));
    let query = query.and("usable_until >", now).and("expires_at >", now).limit(most).text(") found");
    let rows = tx.fetch_query(query).await?;
    Ok(rows.first().map(|row| row.get_count("found")).transpose()?.unwrap_or_default())
}

/// When something was last handed out of a datasource.
///
/// # Errors
/// Those of the database.
pub async fn last_of(tx: &mut Tx, datasource: DatasourceId) -> Result<Option<Timestamp>> {
    let sql = "SELECT created_at FROM grants WHERE datasource = $1 ORDER BY id DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![datasource]).await?;
    Ok(row.map(|row| row.get_time("created_at")).transpose()?)
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

/// The same rule as in [`read`], ending where the time belongs.
fn condition(state: GrantState) -> &'static str {
    match state {
        GrantState::Live => "revoked_at IS NULL AND expires_at >",
        GrantState::Expired => "revoked_at IS NULL AND expires_at <=",
        GrantState::Revoking => "revoked_at IS NOT NULL AND COALESCE(cut_off_at, usable_until) >",
        GrantState::Revoked => "revoked_at IS NOT NULL AND COALESCE(cut_off_at, usable_until) <=",
    }
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

/// The oldest of everything in the project that may still work.
///
/// # Errors
/// Those of the database.
pub async fn oldest_usable(tx: &mut Tx, project: ProjectId, now: Timestamp, most: u32) -> Result<Vec<StoredGrant>> {
    // What is no column is on no index: those that work are found first, and only then put in order.
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM grants WHERE id IN (SELECT id FROM grants WHERE project = $1 AND revoked_at IS NULL
             AND usable_until > $2 ORDER BY id || '' LIMIT $3) ORDER BY id"
    );
    tx.fetch_all(sql, args![project, now, most]).await?.iter().map(|row| read(row, now)).collect()
}

/// So many integrations are named in one statement.
const NAMED: usize = 500;

fn beside(query: Query, by: RevokedBy) -> Query {
    match by {
        RevokedBy::Grant(id) => query.and("id <>", id),
        RevokedBy::Integration(id) => query.and("integration <>", id),
        RevokedBy::Datasource(id) => query.and("datasource <>", id),
        RevokedBy::Principal(id) => query.and("principal <>", id),
        RevokedBy::Holder(datasource, principal) => {
            query.and("NOT (datasource =", datasource).and("principal =", principal).text(")")
        }
        RevokedBy::Project => query.text(" AND 1 = 0"),
    }
}

/// Everything that may still work and went through one of these integrations of the project, beside what
/// `but` names.
///
/// # Errors
/// Those of the database.
pub async fn usable_through(
    tx: &mut Tx,
    project: ProjectId,
    integrations: &[IntegrationId],
    but: Option<RevokedBy>,
    now: Timestamp,
) -> Result<Vec<StoredGrant>> {
    let sql = concat!("SELECT ", columns!(), " FROM grants WHERE revoked_at IS NULL");
    let mut found = Vec::new();
    for some in integrations.chunks(NAMED) {
        let query = Query::new(sql, args![]).and_in("integration", some.iter().copied()).and("usable_until >", now);
        let query = but.into_iter().fold(query, beside);
        let rows = tx.fetch_query(query.only_of(project).text(" ORDER BY integration, id || ''")).await?;
        for row in &rows {
            found.push(read(row, now)?);
        }
    }
    Ok(found)
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
    let sql = "UPDATE grants SET revoked_at = $1, revoked_by = $2
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
    let sql = "UPDATE grants SET revoked_at = $1, revoked_by = $2
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
