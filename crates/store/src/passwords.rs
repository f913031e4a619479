//! Passwords, as argon2 hashes, and what guards them against guessing.

use std::collections::HashSet;

use domain::Result;
use domain::id::PrincipalId;
use jiff::Timestamp;

use crate::{Query, Tx, args};

/// The password of a user.
#[derive(Clone)]
pub struct StoredPassword {
    /// Whose.
    pub principal: PrincipalId,
    /// The hash in PHC form.
    pub hash: String,
    /// It was generated and must be changed before anything else.
    pub must_change: bool,
    /// Wrong attempts since the last right one.
    pub failed_count: u32,
    /// No attempt is looked at before.
    pub locked_until: Option<Timestamp>,
    /// When it was set.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredPassword").field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// The password of a user, if he has one.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, principal: PrincipalId) -> Result<Option<StoredPassword>> {
    let sql = "SELECT hash, must_change, failed_count, locked_until, changed_at FROM passwords WHERE principal = $1";
    let row = tx.fetch_optional(sql, args![principal]).await?;
    row.map(|row| {
        Ok(StoredPassword {
            principal,
            hash: row.get_text("hash")?.to_owned(),
            must_change: row.get_bool("must_change")?,
            failed_count: row.get_count("failed_count")?,
            locked_until: row.get_opt_time("locked_until")?,
            changed_at: row.get_time("changed_at")?,
        })
    })
    .transpose()
}

/// Those of these users whose password must be changed before anything else.
///
/// # Errors
/// Those of the database.
pub async fn to_be_changed(tx: &mut Tx, users: impl IntoIterator<Item = PrincipalId>) -> Result<HashSet<PrincipalId>> {
    let query = Query::new("SELECT principal FROM passwords WHERE must_change = 1", args![]).and_in("principal", users);
    tx.fetch_query(query).await?.iter().map(|row| Ok(row.get("principal")?)).collect()
}

/// Sets or replaces a password; wrong attempts are forgotten.
///
/// # Errors
/// `conflict` if there is no such principal.
pub async fn set(tx: &mut Tx, principal: PrincipalId, hash: &str, must_change: bool, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO passwords (principal, hash, must_change, failed_count, locked_until, changed_at)
         VALUES ($1, $2, $3, 0, NULL, $4)
         ON CONFLICT (principal) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change,
             failed_count = 0, locked_until = NULL, changed_at = excluded.changed_at",
        args![principal, hash, must_change, at],
    )
    .await?;
    Ok(())
}

/// Counts a wrong attempt; returns how many there are now.
///
/// # Errors
/// Those of the database.
pub async fn count_failure(tx: &mut Tx, principal: PrincipalId) -> Result<u32> {
    let sql = "UPDATE passwords SET failed_count = failed_count + 1 WHERE principal = $1 RETURNING failed_count";
    let row = tx.fetch_optional(sql, args![principal]).await?;
    Ok(row.map(|row| row.get_count("failed_count")).transpose()?.unwrap_or_default())
}

/// Keeps attempts away until then.
///
/// # Errors
/// Those of the database.
pub async fn lock(tx: &mut Tx, principal: PrincipalId, until: Timestamp) -> Result<()> {
    tx.execute("UPDATE passwords SET locked_until = $1 WHERE principal = $2", args![until, principal]).await?;
    Ok(())
}

/// Forgets wrong attempts after a right one.
///
/// # Errors
/// Those of the database.
pub async fn clear_failures(tx: &mut Tx, principal: PrincipalId) -> Result<()> {
    let sql = "UPDATE passwords SET failed_count = 0, locked_until = NULL WHERE principal = $1";
    tx.execute(sql, args![principal]).await?;
    Ok(())
}
