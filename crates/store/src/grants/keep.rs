//! Keeping what is handed out, before it leaves.

use domain::grant::Grant;
use domain::id::{GrantId, ProjectId};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{json, word};
use crate::{Engine, Tx, args, projects, revocations};

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
