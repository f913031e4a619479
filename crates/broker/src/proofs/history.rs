//! Reading the proofs that are kept.

use authz::Action;
use domain::audit::Target;
use domain::id::{ProjectId, ProofId};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::proof::Proof;
use domain::{Error, Result};
use serde::Serialize;
use store::Tx;
use store::proofs::{ProofOwner, StoredProof};

use super::Proven;
use crate::Broker;

/// A proof that is kept.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KeptProof {
    /// Never reused; later proofs have greater ones.
    pub id: String,
    /// The report.
    #[serde(flatten)]
    pub proof: Proof,
}

impl KeptProof {
    pub(crate) fn of(stored: StoredProof) -> Self {
        Self { id: stored.id.to_string(), proof: stored.proof }
    }
}

/// A proof with the one before it.
#[derive(Debug, Clone)]
pub struct ProofWithPrevious {
    /// The one that was asked for.
    pub kept: KeptProof,
    /// The newest one that is older.
    pub previous: Option<KeptProof>,
}

impl Broker {
    /// The proofs of something, the newest first.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn list_proofs(
        &self,
        caller: &Caller,
        project: &Name,
        of: Proven,
        name: &Name,
        page: PageAsk,
    ) -> Result<Page<KeptProof>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named(of.as_str(), name)).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let owner = of.find(tx, &entered.project, &name).await?;
                    let found = store::proofs::history(tx, entered.project.id, owner, &page).await?;
                    Ok(found.map(KeptProof::of))
                })
            })
            .await
    }

    /// One proof of something, and the one before it.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_proof(
        &self,
        caller: &Caller,
        project: &Name,
        of: Proven,
        name: &Name,
        id: ProofId,
    ) -> Result<ProofWithPrevious> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named(of.as_str(), name)).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let owner = of.find(tx, &entered.project, &name).await?;
                    with_previous(tx, entered.project.id, owner, id).await
                })
            })
            .await
    }
}

async fn with_previous(tx: &mut Tx, project: ProjectId, owner: ProofOwner, id: ProofId) -> Result<ProofWithPrevious> {
    let kept = store::proofs::of_owner(tx, project, owner, id).await?;
    let kept = kept.ok_or_else(|| Error::not_found("proof", &id.to_string()))?;
    let before = PageAsk { after: Some(id.to_string()), limit: 1 };
    let older: Page<_> = store::proofs::history(tx, project, owner, &before).await?;
    Ok(ProofWithPrevious { kept: KeptProof::of(kept), previous: older.items.into_iter().next().map(KeptProof::of) })
}
