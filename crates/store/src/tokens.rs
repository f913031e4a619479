//! API tokens and signed-in sessions. Only their SHA-256 is kept.

use domain::Result;
use domain::id::{PrincipalId, ProjectId, TokenId};
use domain::page::{Page, PageAsk};
use domain::principal::{Role, TokenLimit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{after, page, word};
use crate::{Query, Row, StoreError, Tx, args};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// For programs; has a name.
    Api,
    /// From signing in.
    Session,
}

/// A token without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Never reused.
    pub id: TokenId,
    /// Whom it speaks for.
    pub principal: PrincipalId,
    /// What it is limited to.
    pub limit: Option<TokenLimit>,
    /// What it is for.
    pub kind: TokenKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last presented.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl StoredToken {
    /// Whether it is accepted at that time.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Which tokens to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokenFilter {
    /// Those that speak for him.
    pub principal: Option<PrincipalId>,
    /// Those that are limited to it.
    pub project: Option<ProjectId>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, principal, project, role, kind, name, created_at, expires_at, last_used_at, revoked_at
             FROM tokens WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredToken> {
    let limit = match (row.get_opt::<ProjectId>("project")?, row.get_opt::<Role>("role")?) {
        (Some(project), Some(role)) => Some(TokenLimit { project, role }),
        (None, None) => None,
        _ => return Err(StoreError::corrupt("role", "does not go with the project").into()),
    };
    Ok(StoredToken {
        id: row.get("id")?,
        principal: row.get("principal")?,
        limit,
        kind: row.get_word("kind")?,
        name: row.get_text("name")?.to_owned(),
        created_at: row.get_time("created_at")?,
        expires_at: row.get_time("expires_at")?,
        last_used_at: row.get_opt_time("last_used_at")?,
        revoked_at: row.get_opt_time("revoked_at")?,
    })
}

/// Adds a token under its hash.
///
/// # Errors
/// `conflict` if principal or project are gone.
pub async fn insert(tx: &mut Tx, new: &StoredToken, hash: &[u8; 32]) -> Result<()> {
    let (project, role) = (new.limit.map(|limit| limit.project), new.limit.map(|limit| limit.role));
    tx.execute(
        "INSERT INTO tokens (id, principal, project, role, kind, name, hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![new.id, new.principal, project, role, word(&new.kind)?, &new.name, *hash, new.created_at, new.expires_at],
    )
    .await?;
    Ok(())
}

/// The token with that hash, good or not.
///
/// # Errors
/// Those of the database.
pub async fn find(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<StoredToken>> {
    tx.fetch_optional(select!("hash = $1"), args![*hash]).await?.as_ref().map(read).transpose()
}

/// A token by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, id: TokenId) -> Result<Option<StoredToken>> {
    tx.fetch_optional(select!("id = $1"), args![id]).await?.as_ref().map(read).transpose()
}

/// The API tokens, oldest first. Sessions are not listed.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn list(tx: &mut Tx, filter: TokenFilter, ask: &PageAsk) -> Result<Page<StoredToken>> {
    let query = Query::new(select!("kind = 'api'"), args![])
        .and_opt("principal =", filter.principal)
        .and_opt("project =", filter.project)
        .and_opt("id >", after::<TokenId>(ask)?)
        .text(" ORDER BY id")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |token: &StoredToken| token.id.to_string(), read)
}

/// The sessions of a principal that are still good, the newest first, and what each was begun with.
///
/// # Errors
/// Those of the database.
pub async fn sessions(
    tx: &mut Tx,
    principal: PrincipalId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(StoredToken, Option<String>)>> {
    let sql =
        "SELECT id, principal, project, role, kind, name, created_at, expires_at, last_used_at, revoked_at, device
               FROM tokens WHERE kind = 'session' AND revoked_at IS NULL AND principal = $1";
    let query = Query::new(sql, args![principal]).and("expires_at >", now).text(" ORDER BY id DESC").limit(limit);
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((read(row)?, row.get_opt_text("device")?.map(str::to_owned)))).collect()
}

/// Notes what a session was begun with.
///
/// # Errors
/// Those of the database.
pub async fn note_device(tx: &mut Tx, id: TokenId, device: &str) -> Result<()> {
    tx.execute("UPDATE tokens SET device = $1 WHERE id = $2", args![device, id]).await?;
    Ok(())
}

/// The API tokens of a project that end between these times, the first to end first: of one principal or of
/// all.
///
/// # Errors
/// Those of the database.
pub async fn ending(
    tx: &mut Tx,
    filter: TokenFilter,
    (now, until): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<StoredToken>> {
    let query = Query::new(select!("kind = 'api' AND revoked_at IS NULL"), args![])
        .and_opt("project =", filter.project)
        .and_opt("principal =", filter.principal)
        .and("expires_at >", now)
        .and("expires_at <=", until)
        .text(" ORDER BY expires_at, id")
        .limit(limit);
    tx.fetch_query(query).await?.iter().map(read).collect()
}

/// Notes that it was presented.
///
/// # Errors
/// Those of the database.
pub async fn touch(tx: &mut Tx, id: TokenId, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE tokens SET last_used_at = $1 WHERE id = $2", args![at, id]).await?;
    Ok(())
}

/// Takes a token back; tells whether it was there and not taken back before.
///
/// # Errors
/// Those of the database.
pub async fn revoke(tx: &mut Tx, id: TokenId, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    Ok(tx.execute(sql, args![at, id]).await? == 1)
}

/// Takes all tokens and sessions of a principal back but one, and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn revoke_all(tx: &mut Tx, principal: PrincipalId, but: Option<TokenId>, at: Timestamp) -> Result<u64> {
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE principal = $2 AND revoked_at IS NULL AND id <> $3";
    let but = but.map(|id| id.to_string()).unwrap_or_default();
    Ok(tx.execute(sql, args![at, principal, but]).await?)
}

/// Ends the sessions of a principal but one, and tells how many; API tokens stay.
///
/// # Errors
/// Those of the database.
pub async fn revoke_sessions(tx: &mut Tx, principal: PrincipalId, but: Option<TokenId>, at: Timestamp) -> Result<u64> {
    let sql = "UPDATE tokens SET revoked_at = $1
               WHERE principal = $2 AND kind = 'session' AND revoked_at IS NULL AND id <> $3";
    let but = but.map(|id| id.to_string()).unwrap_or_default();
    Ok(tx.execute(sql, args![at, principal, but]).await?)
}

/// Takes the tokens of a principal back that are limited to a project, and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn revoke_in_project(tx: &mut Tx, principal: PrincipalId, project: ProjectId, at: Timestamp) -> Result<u64> {
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE principal = $2 AND project = $3 AND revoked_at IS NULL";
    Ok(tx.execute(sql, args![at, principal, project]).await?)
}

/// Forgets sessions that ended before then, and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn purge_sessions(tx: &mut Tx, ended_before: Timestamp) -> Result<u64> {
    Ok(tx.execute("DELETE FROM tokens WHERE kind = 'session' AND expires_at < $1", args![ended_before]).await?)
}
