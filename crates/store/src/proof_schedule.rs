//! What is proven again and again, and when each was last looked at.
//!
//! Pages are of all projects, by id, so that nothing is forgotten however many there are. What is paused,
//! waits for its cloud side, was never finished, or is not to be proven, is not among it.

use domain::Result;
use domain::id::ProjectId;
use domain::name::Name;
use domain::proof::ProofMode;
use jiff::Timestamp;

use crate::proofs::ProofOwner;
use crate::{Query, Row, Tx, args};

/// Something that is to be proven from time to time.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The project.
    pub project: ProjectId,
    /// What it is.
    pub owner: ProofOwner,
    /// Its name.
    pub name: Name,
    /// The method of the integration, or of the one behind the datasource.
    pub method: String,
    /// How it is proven.
    pub mode: ProofMode,
    /// When it was last proven or its turn, or was made.
    pub since: Timestamp,
}

/// Integrations without a run that is not over, by id after this one.
///
/// # Errors
/// Those of the database.
pub async fn integrations(tx: &mut Tx, after: Option<String>, limit: u32) -> Result<Vec<Candidate>> {
    let query = Query::new(
        "SELECT o.id AS owner_id, 'integration' AS owner_kind, o.project, o.name, o.method, 'full' AS mode,
             o.created_at,
             (SELECT checked_at FROM proofs WHERE owner_id = o.id ORDER BY id DESC LIMIT 1) AS proven_at,
             (SELECT MAX(due_at) FROM proof_runs WHERE owner_id = o.id) AS due_at
         FROM integrations o
         WHERE o.state IN ('active', 'unproven', 'failed')
           AND NOT EXISTS (SELECT 1 FROM proof_runs WHERE owner_id = o.id AND state IN ('queued', 'running'))",
        args![],
    );
    let query = query.and_opt("o.id >", after).text(" ORDER BY o.id").limit(limit);
    tx.fetch_query(query).await?.iter().map(read).collect()
}

/// Datasources without a run that is not over, by id after this one.
///
/// # Errors
/// Those of the database.
pub async fn datasources(tx: &mut Tx, after: Option<String>, limit: u32) -> Result<Vec<Candidate>> {
    let query = Query::new(
        "SELECT o.id AS owner_id, 'datasource' AS owner_kind, o.project, o.name, i.method, o.proof_mode AS mode,
             o.created_at,
             (SELECT checked_at FROM proofs WHERE owner_id = o.id ORDER BY id DESC LIMIT 1) AS proven_at,
             (SELECT MAX(due_at) FROM proof_runs WHERE owner_id = o.id) AS due_at
         FROM datasources o JOIN integrations i ON i.id = o.integration
         WHERE o.proof_mode <> 'off' AND i.state IN ('active', 'unproven', 'failed')
           AND (o.usable = 1 OR EXISTS (SELECT 1 FROM proofs WHERE owner_id = o.id))
           AND NOT EXISTS (SELECT 1 FROM proof_runs WHERE owner_id = o.id AND state IN ('queued', 'running'))",
        args![],
    );
    let query = query.and_opt("o.id >", after).text(" ORDER BY o.id").limit(limit);
    tx.fetch_query(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Candidate> {
    let made = row.get_time("created_at")?;
    let since = [row.get_opt_time("proven_at")?, row.get_opt_time("due_at")?];
    Ok(Candidate {
        project: row.get("project")?,
        owner: ProofOwner::read(row)?,
        name: row.get("name")?,
        method: row.get_text("method")?.to_owned(),
        mode: row.get_word("mode")?,
        since: since.into_iter().flatten().fold(made, Timestamp::max),
    })
}
