//! Where proofs found otherwise than those before them.

use authz::Action;
use domain::audit::Target;
use domain::name::Name;
use domain::page::MAX_LIMIT;
use domain::principal::Caller;
use domain::proof::{CheckName, ProofStatus};
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;

use crate::Broker;

/// A proof that found otherwise than the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProofChange {
    /// `integration` or `datasource`.
    pub kind: String,
    /// Its name at that time.
    pub name: Name,
    /// How the proof before had ended.
    pub before: ProofStatus,
    /// How this one ended.
    pub after: ProofStatus,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The checks that pass where they did not before, or the other way round.
    pub checks: Vec<CheckName>,
}

impl Broker {
    /// What proofs of a project found otherwise since then, the newest first, at most `limit`.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see; `invalid` for a limit of 0 or over 1,000.
    pub async fn recent_proof_changes(
        &self,
        caller: &Caller,
        project: &Name,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProofChange>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named("project", project)).await?;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid("/limit", format!("limit is between 1 and {MAX_LIMIT}")));
        }
        let id = entered.project.id;
        let found = self
            .store()
            .read(move |tx| Box::pin(async move { store::proofs::changes(tx, id, since, limit).await }))
            .await?;
        let shown = found.into_iter().map(|change| ProofChange {
            kind: change.owner.kind().to_owned(),
            name: change.name,
            before: change.before,
            after: change.after,
            at: change.at,
            checks: change.checks,
        });
        Ok(shown.collect())
    }
}
