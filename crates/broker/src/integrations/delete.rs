//! Deleting an integration that nothing depends on any more.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::grant::GrantState;
use domain::id::GrantId;
use domain::integration::Integration;
use domain::name::Name;
use domain::page::{MAX_LIMIT, PageAsk};
use domain::principal::Caller;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::grants::GrantFilter;

use super::connect::by_name;
use super::show::datasources_of;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::named::moved_on;

impl Broker {
    /// Deletes an integration at this revision, with all versions of its secrets.
    ///
    /// # Errors
    /// `conflict` naming the datasources and live grants that still use it.
    pub async fn delete_integration(&self, caller: &Caller, project: &Name, name: &Name, revision: i64) -> Result<()> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationDelete, target).await?;
        let (name, caller, now, installation) = (name.clone(), caller.clone(), self.now(), self.installation());
        let id = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let found = by_name(tx, &entered.project, &name).await?;
                    let integration = store::integrations::lock(tx, found.project, found.id).await?;
                    let integration = integration.ok_or_else(|| Error::not_found("integration", name.as_str()))?;
                    if integration.revision != revision {
                        return Err(moved_on("integration", &name));
                    }
                    let datasources = datasources_of(tx, integration.project, integration.id).await?;
                    let grants = live_grants(tx, &integration, now).await?;
                    if !datasources.is_empty() || !grants.is_empty() {
                        return Err(in_use(&name, &datasources, &grants));
                    }
                    store::secrets::delete_owner(tx, integration.project, &super::owner(integration.id)).await?;
                    if !store::integrations::delete(tx, integration.project, integration.id, revision).await? {
                        return Err(moved_on("integration", &name));
                    }
                    let target = Target::new("integration", integration.id).with_name(&name);
                    let deleted = event(Action::IntegrationDelete, Outcome::Done, entered.rule, target);
                    let log = Log::Project(integration.project);
                    append(tx, &installation, log, now, Some(&caller), &deleted).await?;
                    Ok(integration.id)
                })
            })
            .await?;
        self.forget_integration(id);
        Ok(())
    }
}

/// The grants that still work, as many as an error can name.
async fn live_grants(tx: &mut Tx, integration: &Integration, now: Timestamp) -> Result<Vec<GrantId>> {
    let filter =
        GrantFilter { integration: Some(integration.id), state: Some(GrantState::Live), ..GrantFilter::default() };
    let ask = PageAsk { after: None, limit: MAX_LIMIT };
    let page = store::grants::list(tx, integration.project, filter, now, &ask).await?;
    Ok(page.items.into_iter().map(|stored| stored.grant.id).collect())
}

fn in_use(name: &Name, datasources: &[Name], grants: &[GrantId]) -> Error {
    let mut uses = Vec::new();
    if !datasources.is_empty() {
        let names: Vec<_> = datasources.iter().map(Name::as_str).collect();
        uses.push(format!("datasources: {}", names.join(", ")));
    }
    if !grants.is_empty() {
        let shown: Vec<_> = grants.iter().take(20).map(ToString::to_string).collect();
        uses.push(format!("{} live grant(s): {}", grants.len(), shown.join(", ")));
    }
    Error::new(ErrorKind::Conflict, format!("the integration '{name}' is in use ({})", uses.join("; ")))
        .with_hint("delete the datasources and revoke the grants first, or pause the integration")
}
