//! What is known of a credential before one is asked for.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::name::Name;
use domain::principal::Caller;
use domain::provider::NarrowedBy;

use crate::Broker;

impl Broker {
    /// How the provider would narrow a credential of the datasource, or why it cannot; nothing is asked of it.
    ///
    /// # Errors
    /// `conflict` where the datasource is not usable.
    pub async fn credential_narrowing(&self, caller: &Caller, project: &Name, datasource: &Name) -> Result<NarrowedBy> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::CredentialIssue, target).await?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
        let connection = self.live_connection(&entered.project, &place.integration).await?;
        Ok(connection.facts().narrowed_by.clone())
    }
}
