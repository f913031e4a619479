//! Proofs: every one is kept, the newest counts, and where one found otherwise than the one before.

use domain::id::{DatasourceId, IntegrationId, ProjectId, ProofId};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::proof::{CheckName, Proof, ProofStatus};
use domain::{Error, Result};
use jiff::Timestamp;

use crate::engine::{after, json, page, word};
use crate::{Query, Row, Tx, args, last_proofs, latencies};

/// What was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofOwner {
    /// An integration.
    Integration(IntegrationId),
    /// A datasource.
    Datasource(DatasourceId),
}

impl ProofOwner {
    /// The word for what it is.
    pub fn kind(self) -> &'static str {
        self.parts().0
    }

    /// Its id, as text.
    pub fn id(self) -> String {
        self.parts().1
    }

    pub(crate) fn parts(self) -> (&'static str, String) {
        match self {
            Self::Integration(id) => ("integration", id.to_string()),
            Self::Datasource(id) => ("datasource", id.to_string()),
        }
    }

    /// The owner of a row with `owner_kind` and `owner_id`.
    pub(crate) fn read(row: &Row) -> Result<Self> {
        Ok(match row.get_text("owner_kind")? {
            "integration" => Self::Integration(row.get("owner_id")?),
            "datasource" => Self::Datasource(row.get("owner_id")?),
            _ => return Err(Error::internal("a proof is of an integration or a datasource")),
        })
    }
}

/// A proof as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProof {
    /// Never reused; later proofs have greater ones.
    pub id: ProofId,
    /// The report.
    pub proof: Proof,
}

/// A proof that found otherwise than the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// The proof that found it.
    pub proof: ProofId,
    /// What was proven.
    pub owner: ProofOwner,
    /// Its name at that time.
    pub name: Name,
    /// How the proof before had ended.
    pub before: ProofStatus,
    /// How this one ended.
    pub after: ProofStatus,
    /// When it was kept.
    pub at: Timestamp,
    /// The checks that pass where they did not before, or the other way round.
    pub checks: Vec<CheckName>,
}

fn read(row: &Row) -> Result<StoredProof> {
    Ok(StoredProof { id: row.get("id")?, proof: row.get_json("document")? })
}

/// Keeps a proof.
///
/// # Errors
/// `conflict` if the project is gone.
pub async fn insert(tx: &mut Tx, project: ProjectId, owner: ProofOwner, new: &StoredProof) -> Result<()> {
    let (kind, id) = owner.parts();
    let proof = &new.proof;
    tx.execute(
        "INSERT INTO proofs (id, project, owner_kind, owner_id, status, mode, checked_at, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![new.id, project, kind, id, word(&proof.status)?, word(&proof.mode)?, proof.checked_at, json(proof)?],
    )
    .await?;
    last_proofs::keep(tx, project, owner, proof).await?;
    latencies::keep_proven(tx, project, owner, proof).await
}

/// The newest proof.
///
/// # Errors
/// Those of the database.
pub async fn latest(tx: &mut Tx, project: ProjectId, owner: ProofOwner) -> Result<Option<StoredProof>> {
    let ask = PageAsk { after: None, limit: 1 };
    Ok(history(tx, project, owner, &ask).await?.items.into_iter().next())
}

/// The proofs, newest first.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn history(tx: &mut Tx, project: ProjectId, owner: ProofOwner, ask: &PageAsk) -> Result<Page<StoredProof>> {
    let (kind, id) = owner.parts();
    let sql = "SELECT id, document FROM proofs WHERE project = $1 AND owner_kind = $2 AND owner_id = $3";
    let query = Query::new(sql, args![project, kind, id])
        .and_opt("id <", after::<ProofId>(ask)?)
        .text(" ORDER BY id DESC")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |proof: &StoredProof| proof.id.to_string(), read)
}

/// A proof of the project by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, id: ProofId) -> Result<Option<StoredProof>> {
    let sql = "SELECT id, document FROM proofs WHERE project = $1 AND id = $2";
    tx.fetch_optional(sql, args![project, id]).await?.as_ref().map(read).transpose()
}

/// A proof of this owner by id.
///
/// # Errors
/// Those of the database.
pub async fn of_owner(tx: &mut Tx, project: ProjectId, owner: ProofOwner, id: ProofId) -> Result<Option<StoredProof>> {
    let (kind, owner) = owner.parts();
    let sql = "SELECT id, document FROM proofs WHERE project = $1 AND owner_kind = $2 AND owner_id = $3 AND id = $4";
    tx.fetch_optional(sql, args![project, kind, owner, id]).await?.as_ref().map(read).transpose()
}

/// Keeps that a proof found otherwise than the one before it.
///
/// # Errors
/// `conflict` if the project is gone.
pub async fn insert_change(tx: &mut Tx, project: ProjectId, new: &StoredChange) -> Result<()> {
    let (kind, id) = new.owner.parts();
    tx.execute(
        "INSERT INTO proof_changes (proof, project, owner_kind, owner_id, owner_name, before, after, at, checks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            new.proof,
            project,
            kind,
            id,
            &new.name,
            word(&new.before)?,
            word(&new.after)?,
            new.at,
            json(&new.checks)?
        ],
    )
    .await?;
    Ok(())
}

/// The changes since then, the newest first, at most so many.
///
/// # Errors
/// Those of the database.
pub async fn changes(tx: &mut Tx, project: ProjectId, since: Timestamp, limit: u32) -> Result<Vec<StoredChange>> {
    let rows = tx
        .fetch_all(
            "SELECT proof, owner_kind, owner_id, owner_name, before, after, at, checks FROM proof_changes
             WHERE project = $1 AND at >= $2 ORDER BY at DESC, proof DESC LIMIT $3",
            args![project, since, limit],
        )
        .await?;
    rows.iter().map(read_change).collect()
}

fn read_change(row: &Row) -> Result<StoredChange> {
    Ok(StoredChange {
        proof: row.get("proof")?,
        owner: ProofOwner::read(row)?,
        name: row.get("owner_name")?,
        before: row.get_word("before")?,
        after: row.get_word("after")?,
        at: row.get_time("at")?,
        checks: row.get_json("checks")?,
    })
}
