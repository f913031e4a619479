//! Deleting a project that nothing depends on any more, and shredding its keys.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::grant::GrantState;
use domain::id::ProjectId;
use domain::name::Name;
use domain::page::PageAsk;
use domain::principal::Caller;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::grants::GrantFilter;
use store::integrations::IntegrationFilter;

use crate::Broker;
use crate::audit::{Log, append, event};

/// So many of what is in the way are named.
const NAMED: u32 = 20;

impl Broker {
    /// Deletes a project with its members, service accounts and history, and the keys of its secrets:
    /// nothing that they sealed can be opened again, wherever a copy of it is. Its audit stays.
    ///
    /// # Errors
    /// `conflict` naming integrations, datasources and live grants, while there are any.
    pub async fn delete_project(&self, caller: &Caller, name: &Name) -> Result<()> {
        let target = Target::named("project", name);
        let entered = self.enter(caller, name, Action::ProjectDelete, target).await?;
        let project = entered.project.id;
        let target = Target::new("project", project).with_name(name);
        let (now, installation, name, by) = (self.now(), self.installation(), name.clone(), caller.clone());
        let log = Log::Project(project);
        let gone = target.clone();
        let deleted = self.store().write(move |tx| {
            Box::pin(async move {
                // Nothing more is handed out in it from here on.
                store::projects::lock(tx, project, false).await?;
                refuse_in_use(tx, project, &name, now).await?;
                let keys = store::project_keys::shred(tx, project).await?;
                let deleted =
                    event(Action::ProjectDelete, Outcome::Done, entered.rule, gone).with("keys_shredded", keys);
                for log in [log, Log::Installation] {
                    append(tx, &installation, log, now, Some(&by), &deleted).await?;
                }
                store::projects::delete(tx, project).await.map(drop)
            })
        });
        self.settled(log, caller, Action::ProjectDelete, target, deleted.await).await
    }
}

async fn refuse_in_use(tx: &mut Tx, project: ProjectId, name: &Name, now: Timestamp) -> Result<()> {
    let page = PageAsk { after: None, limit: NAMED };
    let mut uses = Vec::new();
    let integrations = store::integrations::list(tx, project, &IntegrationFilter::default(), &page).await?.items;
    if !integrations.is_empty() {
        let names: Vec<_> = integrations.iter().map(|integration| integration.name.as_str()).collect();
        uses.push(format!("integrations: {}", names.join(", ")));
    }
    let datasources = store::datasources::list(tx, project, &DatasourceFilter::default(), &page).await?.items;
    if !datasources.is_empty() {
        let names: Vec<_> = datasources.iter().map(|datasource| datasource.name.as_str()).collect();
        uses.push(format!("datasources: {}", names.join(", ")));
    }
    for state in [GrantState::Live, GrantState::Revoking] {
        let filter = GrantFilter { state: Some(state), ..GrantFilter::default() };
        let grants = store::grants::list(tx, project, filter, now, &page).await?.items;
        if !grants.is_empty() {
            let ids: Vec<_> = grants.iter().map(|found| found.grant.id.to_string()).collect();
            uses.push(format!("grants that may still work: {}", ids.join(", ")));
        }
    }
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, format!("the project '{name}' is in use ({})", uses.join("; "))).with_hint(
        "revoke the grants and wait for those that cannot be taken back, then delete datasources and integrations",
    ))
}
