//! Deleting a datasource that nothing depends on any more; the objects stay.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::grant::GrantState;
use domain::name::Name;
use domain::page::PageAsk;
use domain::principal::Caller;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::grants::GrantFilter;

use super::show::{by_name, every};
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::named::moved_on;

/// As many grants as an error names.
const NAMED: u32 = 20;

impl Broker {
    /// Deletes a datasource at this revision.
    ///
    /// # Errors
    /// `conflict` naming its live grants and the inputs whose output it is.
    pub async fn delete_datasource(&self, caller: &Caller, project: &Name, name: &Name, revision: i64) -> Result<()> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceDelete, target).await?;
        let (name, caller, now, installation) = (name.clone(), caller.clone(), self.now(), self.installation());
        let deleted = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let found = by_name(tx, &entered.project, &name).await?;
                    let datasource = store::datasources::lock(tx, found.project, found.id).await?;
                    let datasource = datasource.ok_or_else(|| Error::not_found("datasource", name.as_str()))?;
                    if datasource.revision != revision {
                        return Err(moved_on("datasource", &name));
                    }
                    must_be_free(tx, &datasource, now).await?;
                    if !store::datasources::delete(tx, datasource.project, datasource.id, revision).await? {
                        return Err(moved_on("datasource", &name));
                    }
                    let target = Target::new("datasource", datasource.id).with_name(&name);
                    let deleted = event(Action::DatasourceDelete, Outcome::Done, entered.rule, target);
                    let log = Log::Project(datasource.project);
                    append(tx, &installation, log, now, Some(&caller), &deleted).await?;
                    Ok(datasource)
                })
            })
            .await?;
        self.forget_sessions_of(&deleted);
        Ok(())
    }
}

async fn must_be_free(tx: &mut Tx, datasource: &Datasource, now: Timestamp) -> Result<()> {
    let mut uses = Vec::new();
    let filter = DatasourceFilter { output_datasource: Some(datasource.id), ..DatasourceFilter::default() };
    let inputs = every(tx, datasource.project, filter).await?;
    if !inputs.is_empty() {
        let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
        uses.push(format!("it is the output of {}", names.join(", ")));
    }
    let filter =
        GrantFilter { datasource: Some(datasource.id), state: Some(GrantState::Live), ..GrantFilter::default() };
    let live = store::grants::count_live(tx, datasource.project, filter, now).await?;
    if live > 0 {
        let ask = PageAsk { after: None, limit: NAMED };
        let page = store::grants::list(tx, datasource.project, filter, now, &ask).await?;
        let ids: Vec<_> = page.items.iter().map(|stored| stored.grant.id.to_string()).collect();
        uses.push(format!("{live} live grant(s): {}", ids.join(", ")));
    }
    if uses.is_empty() {
        return Ok(());
    }
    let message = format!("the datasource '{}' is in use ({})", datasource.name, uses.join("; "));
    Err(Error::new(ErrorKind::Conflict, message).with_hint("revoke the grants and change the inputs first"))
}
