//! Sealed secrets, a row for each version. What is in them is known to the keyring alone.
//!
//! Of each owner and field at most one version is current; the database holds to that.

use domain::Result;
use domain::id::{PrincipalId, ProjectId, SecretId};
use jiff::Timestamp;

use crate::{Query, Row, StoreError, Tx, args};

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// The same for all versions.
    pub id: SecretId,
    /// The project.
    pub project: ProjectId,
    /// What it belongs to: `integration:<id>`, ...
    pub owner: String,
    /// The field of the owner.
    pub field: String,
    /// From 1 on.
    pub version: u32,
    /// Whether this version is the one in use.
    pub current: bool,
    /// The version of the project's key that wraps the data key.
    pub key_version: u32,
    /// The wrapped data key.
    pub wrapped_key: Vec<u8>,
    /// The sealed bytes.
    pub ciphertext: Vec<u8>,
    /// Tells whether two versions are the same, and nothing else.
    pub fingerprint: String,
    /// When it was set.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: PrincipalId,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project, owner, field, version, state, key_version, wrapped_key, ciphertext, fingerprint,
             created_at, created_by FROM secrets WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredSecret> {
    Ok(StoredSecret {
        id: row.get("id")?,
        project: row.get("project")?,
        owner: row.get_text("owner")?.to_owned(),
        field: row.get_text("field")?.to_owned(),
        version: row.get_count("version")?,
        current: match row.get_text("state")? {
            "current" => true,
            "old" => false,
            _ => return Err(StoreError::corrupt("state", "is a word that is not known").into()),
        },
        key_version: row.get_count("key_version")?,
        wrapped_key: row.get_blob("wrapped_key")?.to_vec(),
        ciphertext: row.get_blob("ciphertext")?.to_vec(),
        fingerprint: row.get_text("fingerprint")?.to_owned(),
        created_at: row.get_time("created_at")?,
        created_by: row.get("created_by")?,
    })
}

/// The id and number that the next version of a field takes: those after the newest, current or not.
///
/// # Errors
/// Those of the database.
pub async fn next_version(
    tx: &mut Tx,
    project: ProjectId,
    owner: &str,
    field: &str,
) -> Result<(Option<SecretId>, u32)> {
    let sql = "SELECT id, version FROM secrets WHERE project = $1 AND owner = $2 AND field = $3
               ORDER BY version DESC LIMIT 1";
    let Some(row) = tx.fetch_optional(sql, args![project, owner, field]).await? else { return Ok((None, 1)) };
    let newest: u32 = row.get_count("version")?;
    let next = newest.checked_add(1).ok_or_else(|| StoreError::corrupt("version", "is the last there can be"))?;
    Ok((Some(row.get("id")?), next))
}

/// Adds a version; if it is the current one, the one before becomes old.
///
/// # Errors
/// `conflict` if that version exists: somebody else set it at the same time.
pub async fn insert(tx: &mut Tx, new: &StoredSecret) -> Result<()> {
    if new.current {
        retire(tx, new.project, &new.owner, &new.field).await?;
    }
    let state = if new.current { "current" } else { "old" };
    tx.execute(
        "INSERT INTO secrets (id, project, owner, field, version, state, key_version, wrapped_key, ciphertext,
             fingerprint, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            new.id,
            new.project,
            &new.owner,
            &new.field,
            new.version,
            state,
            new.key_version,
            new.wrapped_key.as_slice(),
            new.ciphertext.as_slice(),
            &new.fingerprint,
            new.created_at,
            new.created_by
        ],
    )
    .await?;
    Ok(())
}

/// Makes another version the current one; tells whether there is such a version.
///
/// # Errors
/// Those of the database.
pub async fn set_current(tx: &mut Tx, project: ProjectId, owner: &str, field: &str, version: u32) -> Result<bool> {
    retire(tx, project, owner, field).await?;
    let sql = "UPDATE secrets SET state = 'current' WHERE project = $1 AND owner = $2 AND field = $3 AND version = $4";
    Ok(tx.execute(sql, args![project, owner, field, version]).await? == 1)
}

/// Leaves a field without a current version; the versions stay. Tells whether there was one.
///
/// # Errors
/// Those of the database.
pub async fn retire(tx: &mut Tx, project: ProjectId, owner: &str, field: &str) -> Result<bool> {
    let sql = "UPDATE secrets SET state = 'old'
               WHERE project = $1 AND owner = $2 AND field = $3 AND state = 'current'";
    Ok(tx.execute(sql, args![project, owner, field]).await? == 1)
}

/// The current version of a field.
///
/// # Errors
/// Those of the database.
pub async fn current(tx: &mut Tx, project: ProjectId, owner: &str, field: &str) -> Result<Option<StoredSecret>> {
    let sql = select!("project = $1 AND owner = $2 AND field = $3 AND state = 'current'");
    tx.fetch_optional(sql, args![project, owner, field]).await?.as_ref().map(read).transpose()
}

/// The current version of every field of an owner.
///
/// # Errors
/// Those of the database.
pub async fn of_owner(tx: &mut Tx, project: ProjectId, owner: &str) -> Result<Vec<StoredSecret>> {
    let sql = select!("project = $1 AND owner = $2 AND state = 'current' ORDER BY field");
    tx.fetch_all(sql, args![project, owner]).await?.iter().map(read).collect()
}

/// Every version of a field, newest first.
///
/// # Errors
/// Those of the database.
pub async fn versions(tx: &mut Tx, project: ProjectId, owner: &str, field: &str) -> Result<Vec<StoredSecret>> {
    let sql = select!("project = $1 AND owner = $2 AND field = $3 ORDER BY version DESC");
    tx.fetch_all(sql, args![project, owner, field]).await?.iter().map(read).collect()
}

/// What may be shown of one version of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVersion {
    /// What it belongs to: `integration:<id>`, ...
    pub owner: String,
    /// The field of the owner.
    pub field: String,
    /// From 1 on.
    pub version: u32,
    /// Whether it is in use.
    pub current: bool,
    /// When it was set.
    pub set_at: Timestamp,
}

fn read_version(row: &Row) -> Result<SecretVersion> {
    Ok(SecretVersion {
        owner: row.get_text("owner")?.to_owned(),
        field: row.get_text("field")?.to_owned(),
        version: row.get_count("version")?,
        current: row.get_text("state")? == "current",
        set_at: row.get_time("created_at")?,
    })
}

/// Every version of every secret of these owners, by owner, field and version: in a project or in all.
///
/// # Errors
/// Those of the database.
pub async fn of_owners(
    tx: &mut Tx,
    project: Option<ProjectId>,
    owners: impl IntoIterator<Item = String>,
) -> Result<Vec<SecretVersion>> {
    let query = Query::new("SELECT owner, field, version, state, created_at FROM secrets WHERE 1 = 1", args![])
        .and_in("owner", owners);
    let query = match project {
        Some(project) => query.only_of(project),
        None => query,
    };
    let query = query.text(" ORDER BY owner, field, version");
    tx.fetch_query(query).await?.iter().map(read_version).collect()
}

/// Current versions of a project that were set before then, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn old(tx: &mut Tx, project: ProjectId, before: Timestamp, limit: u32) -> Result<Vec<SecretVersion>> {
    let sql = "SELECT owner, field, version, state, created_at FROM secrets WHERE state = 'current' AND project = $1";
    let query = Query::new(sql, args![project]).and("created_at <", before).text(" ORDER BY created_at").limit(limit);
    tx.fetch_query(query).await?.iter().map(read_version).collect()
}

/// Removes every version of every field of an owner, and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn delete_owner(tx: &mut Tx, project: ProjectId, owner: &str) -> Result<u64> {
    Ok(tx.execute("DELETE FROM secrets WHERE project = $1 AND owner = $2", args![project, owner]).await?)
}

/// Removes the versions of every field of an owner that are not in use, and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn delete_old(tx: &mut Tx, project: ProjectId, owner: &str) -> Result<u64> {
    let sql = "DELETE FROM secrets WHERE project = $1 AND owner = $2 AND state = 'old'";
    Ok(tx.execute(sql, args![project, owner]).await?)
}

/// Some of the versions that another version of the project's key wraps.
///
/// # Errors
/// Those of the database.
pub async fn under_another_key(
    tx: &mut Tx,
    project: ProjectId,
    key_version: u32,
    limit: u32,
) -> Result<Vec<StoredSecret>> {
    let sql = select!("project = $1 AND key_version <> $2 ORDER BY id, version LIMIT $3");
    tx.fetch_all(sql, args![project, key_version, limit]).await?.iter().map(read).collect()
}

/// Puts the same data key in, wrapped by another version of the project's key; tells whether it was
/// still wrapped as before.
///
/// # Errors
/// Those of the database.
pub async fn rewrap(tx: &mut Tx, before: &StoredSecret, key_version: u32, wrapped_key: &[u8]) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE secrets SET key_version = $1, wrapped_key = $2 WHERE id = $3 AND version = $4 AND key_version = $5",
            args![key_version, wrapped_key, before.id, before.version, before.key_version],
        )
        .await?;
    Ok(touched == 1)
}

/// How many versions each version of the project's key wraps.
///
/// # Errors
/// Those of the database.
pub async fn count_by_key(tx: &mut Tx, project: ProjectId) -> Result<Vec<(u32, u64)>> {
    let sql = "SELECT key_version, COUNT(*) AS secrets FROM secrets WHERE project = $1
               GROUP BY key_version ORDER BY key_version";
    let rows = tx.fetch_all(sql, args![project]).await?;
    rows.iter().map(|row| Ok((row.get_count("key_version")?, row.get_count("secrets")?))).collect()
}
