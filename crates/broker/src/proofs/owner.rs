//! What has proofs, by the name that callers have for it.

use domain::Result;
use domain::name::Name;
use store::Tx;
use store::projects::StoredProject;
use store::proofs::ProofOwner;

/// What is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// An integration.
    Integration,
    /// A datasource.
    Datasource,
}

impl Proven {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Datasource => "datasource",
        }
    }

    /// The stored one of this name.
    pub(crate) async fn find(self, tx: &mut Tx, project: &StoredProject, name: &Name) -> Result<ProofOwner> {
        Ok(match self {
            Self::Integration => ProofOwner::Integration(crate::integrations::by_name(tx, project, name).await?.id),
            Self::Datasource => ProofOwner::Datasource(crate::datasources::by_name(tx, project, name).await?.id),
        })
    }
}
