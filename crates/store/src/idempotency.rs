//! `Idempotency-Key`: the same key and body give the same outcome, for a day.
//!
//! What was handed out is never kept here, only the grant it was handed out under.

use domain::Result;
use domain::id::{GrantId, PrincipalId, ProjectId};
use jiff::{SignedDuration, Timestamp};

use crate::{Tx, args};

/// How long a key is remembered.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Which call it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallKey {
    /// Who calls.
    pub principal: PrincipalId,
    /// In which project, if in one.
    pub project: Option<ProjectId>,
    /// What the caller sent.
    pub key: String,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: do it, then [`finish`].
    New,
    /// The same call has begun and is not finished.
    Running,
    /// The key was used for something else.
    Different,
    /// It was done.
    Done(Outcome),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The body, if nothing was handed out.
    pub response: Option<String>,
    /// What to issue again under.
    pub grant: Option<GrantId>,
}

impl CallKey {
    fn scope(&self) -> String {
        self.project.map(|project| project.to_string()).unwrap_or_default()
    }
}

/// Claims a key for a call with that hash of its request.
///
/// # Errors
/// Those of the database.
pub async fn claim(tx: &mut Tx, key: &CallKey, request_hash: &[u8; 32], now: Timestamp) -> Result<Claim> {
    let scope = key.scope();
    tx.defer(
        "DELETE FROM idempotency WHERE principal = $1 AND scope = $2 AND key = $3 AND created_at < $4",
        args![key.principal, &scope, &key.key, now - KEPT],
    )
    .await?;
    let claimed = tx
        .execute(
            "INSERT INTO idempotency (principal, scope, key, request_hash, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (principal, scope, key) DO NOTHING",
            args![key.principal, &scope, &key.key, *request_hash, now],
        )
        .await?;
    if claimed == 1 {
        return Ok(Claim::New);
    }
    let found = tx
        .fetch_optional(
            "SELECT request_hash, status, response, grant_id FROM idempotency
             WHERE principal = $1 AND scope = $2 AND key = $3",
            args![key.principal, &scope, &key.key],
        )
        .await?;
    // Given up by whoever held it, between these two statements.
    let Some(row) = found else { return Ok(Claim::Running) };
    if row.get_blob("request_hash")? != request_hash {
        return Ok(Claim::Different);
    }
    if row.get_opt_i64("status")?.is_none() {
        return Ok(Claim::Running);
    }
    Ok(Claim::Done(Outcome {
        status: row.get_count("status")?,
        response: row.get_opt_text("response")?.map(str::to_owned),
        grant: row.get_opt("grant_id")?,
    }))
}

/// Writes down how a claimed call ended; tells whether it was claimed.
///
/// # Errors
/// Those of the database.
pub async fn finish(tx: &mut Tx, key: &CallKey, outcome: &Outcome) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE idempotency SET status = $1, response = $2, grant_id = $3
             WHERE principal = $4 AND scope = $5 AND key = $6",
            args![
                i64::from(outcome.status),
                outcome.response.clone(),
                outcome.grant,
                key.principal,
                key.scope(),
                &key.key
            ],
        )
        .await?;
    Ok(touched == 1)
}

/// Gives a claimed key up, after a failure that left nothing behind.
///
/// # Errors
/// Those of the database.
pub async fn release(tx: &mut Tx, key: &CallKey) -> Result<()> {
    let sql = "DELETE FROM idempotency WHERE principal = $1 AND scope = $2 AND key = $3 AND status IS NULL";
    tx.execute(sql, args![key.principal, key.scope(), &key.key]).await?;
    Ok(())
}

/// Forgets keys older than [`KEPT`], and tells how many.
///
/// # Errors
/// Those of the database.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.execute("DELETE FROM idempotency WHERE created_at < $1", args![now - KEPT]).await?)
}
