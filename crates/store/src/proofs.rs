//! Proofs: every one is kept, the newest counts.

use domain::Result;
use domain::id::{DatasourceId, IntegrationId, ProjectId, ProofId};
use domain::page::{Page, PageAsk};
use domain::proof::Proof;

use crate::engine::{after, json, page, word};
use crate::{Query, Row, Tx, args};

/// What was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofOwner {
    /// An integration.
    Integration(IntegrationId),
    /// A datasource.
    Datasource(DatasourceId),
}

impl ProofOwner {
    fn parts(self) -> (&'static str, String) {
        match self {
            Self::Integration(id) => ("integration", id.to_string()),
            Self::Datasource(id) => ("datasource", id.to_string()),
        }
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
    Ok(())
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
