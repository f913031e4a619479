//! The keys of projects, wrapped by a root key. Removing those of a project shreds its secrets.

use domain::Result;
use domain::id::ProjectId;
use jiff::Timestamp;

use crate::{Row, Tx, args};

/// One version of a project's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProjectKey {
    /// Whose.
    pub project: ProjectId,
    /// From 1 on.
    pub version: u32,
    /// The root key that wraps it.
    pub root_key_id: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a newer one took its place.
    pub retired_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT project, version, root_key_id, wrapped, created_at, retired_at FROM project_keys WHERE ", $rest)
    };
}

fn read(row: &Row) -> Result<StoredProjectKey> {
    Ok(StoredProjectKey {
        project: row.get("project")?,
        version: row.get_count("version")?,
        root_key_id: row.get_text("root_key_id")?.to_owned(),
        wrapped: row.get_blob("wrapped")?.to_vec(),
        created_at: row.get_time("created_at")?,
        retired_at: row.get_opt_time("retired_at")?,
    })
}

/// Adds a version and retires those before it.
///
/// # Errors
/// `conflict` if that version exists: somebody else rotated at the same time.
pub async fn insert(tx: &mut Tx, new: &StoredProjectKey) -> Result<()> {
    tx.execute(
        "UPDATE project_keys SET retired_at = $1 WHERE project = $2 AND retired_at IS NULL",
        args![new.created_at, new.project],
    )
    .await?;
    tx.execute(
        "INSERT INTO project_keys (project, version, root_key_id, wrapped, created_at, retired_at)
         VALUES ($1, $2, $3, $4, $5, NULL)",
        args![new.project, new.version, &new.root_key_id, new.wrapped.as_slice(), new.created_at],
    )
    .await?;
    Ok(())
}

/// The version that seals.
///
/// # Errors
/// Those of the database.
pub async fn current(tx: &mut Tx, project: ProjectId) -> Result<Option<StoredProjectKey>> {
    let row = tx.fetch_optional(select!("project = $1 ORDER BY version DESC LIMIT 1"), args![project]).await?;
    row.as_ref().map(read).transpose()
}

/// One version.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, version: u32) -> Result<Option<StoredProjectKey>> {
    let row = tx.fetch_optional(select!("project = $1 AND version = $2"), args![project, version]).await?;
    row.as_ref().map(read).transpose()
}

/// All versions of a project, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<StoredProjectKey>> {
    tx.fetch_all(select!("project = $1 ORDER BY version"), args![project]).await?.iter().map(read).collect()
}

/// Some of the keys that another root key than this one wraps.
///
/// # Errors
/// Those of the database.
pub async fn under_another_root(tx: &mut Tx, root_key_id: &str, limit: u32) -> Result<Vec<StoredProjectKey>> {
    let sql = select!("root_key_id <> $1 ORDER BY project, version LIMIT $2");
    tx.fetch_all(sql, args![root_key_id, limit]).await?.iter().map(read).collect()
}

/// Puts the same key in, wrapped by another root key; tells whether it was still wrapped as before.
///
/// # Errors
/// Those of the database.
pub async fn rewrap(tx: &mut Tx, before: &StoredProjectKey, root_key_id: &str, wrapped: &[u8]) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE project_keys SET root_key_id = $1, wrapped = $2
             WHERE project = $3 AND version = $4 AND root_key_id = $5",
            args![root_key_id, wrapped, before.project, before.version, &before.root_key_id],
        )
        .await?;
    Ok(touched == 1)
}

/// Removes one version; refuse this while secrets need it, see [`crate::secrets::count_by_key`].
///
/// # Errors
/// Those of the database.
pub async fn delete(tx: &mut Tx, project: ProjectId, version: u32) -> Result<bool> {
    let sql = "DELETE FROM project_keys WHERE project = $1 AND version = $2";
    Ok(tx.execute(sql, args![project, version]).await? == 1)
}

/// Removes every version: nothing that they sealed can be opened again. Tells how many.
///
/// # Errors
/// Those of the database.
pub async fn shred(tx: &mut Tx, project: ProjectId) -> Result<u64> {
    Ok(tx.execute("DELETE FROM project_keys WHERE project = $1", args![project]).await?)
}

/// How many keys each root key wraps.
///
/// # Errors
/// Those of the database.
pub async fn count_by_root(tx: &mut Tx) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT root_key_id, COUNT(*) AS keys FROM project_keys GROUP BY root_key_id ORDER BY root_key_id";
    let rows = tx.fetch_all(sql, args![]).await?;
    rows.iter().map(|row| Ok((row.get_text("root_key_id")?.to_owned(), row.get_count("keys")?))).collect()
}
