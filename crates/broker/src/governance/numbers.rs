//! The installation in a few numbers.

use authz::Action;
use domain::Result;
use domain::principal::Caller;

use super::installation;
use crate::projects::{OLD, back};
use crate::{Broker, IntegrationCounts};

/// The installation in a few numbers.
#[derive(Debug, Clone)]
pub struct Governance {
    /// Projects.
    pub projects: u64,
    /// Users who may sign in.
    pub users: u64,
    /// Integrations of all projects.
    pub integrations: IntegrationCounts,
    /// Integrations and datasources of which the last proof failed.
    pub failed_proofs: u64,
    /// Integrations that have a right which is not needed, by themselves or at a datasource.
    pub too_wide: u64,
    /// Secrets that were not rotated for 90 days.
    pub old_secrets: u64,
}

impl Broker {
    /// The installation in a few numbers.
    ///
    /// # Errors
    /// `permission_denied` to all but administrators.
    pub async fn governance(&self, caller: &Caller) -> Result<Governance> {
        self.permit(caller, Action::InstallationGovern, installation()).await?;
        let old = back(self.now(), OLD);
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let numbers = store::governance::numbers(tx, old).await?;
                    Ok(Governance {
                        projects: numbers.projects,
                        users: numbers.users,
                        integrations: IntegrationCounts::of(store::integrations::count_by_state(tx, None).await?),
                        failed_proofs: numbers.failed_proofs,
                        too_wide: numbers.too_wide,
                        old_secrets: numbers.old_secrets,
                    })
                })
            })
            .await
    }
}
