//! Showing what was handed out.

use authz::Action;
use domain::audit::Target;
use domain::grant::{GrantKind, GrantState};
use domain::id::GrantId;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::{Error, Result};
use store::grants::GrantFilter;

use super::view::Names;
use super::{GrantView, find};
use crate::Broker;

/// Which grants to list; names, as the API shows them.
#[derive(Debug, Clone, Default)]
pub struct GrantQuery {
    /// In this state now.
    pub state: Option<GrantState>,
    /// Of this kind.
    pub kind: Option<GrantKind>,
    /// To this principal.
    pub principal: Option<String>,
    /// Through this integration.
    pub integration: Option<String>,
    /// Of this datasource.
    pub datasource: Option<String>,
}

impl Broker {
    /// The grants of a project, the newest first.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see, and for a filter that names nothing.
    pub async fn list_grants(
        &self,
        caller: &Caller,
        project: &Name,
        query: GrantQuery,
        page: PageAsk,
    ) -> Result<Page<GrantView>> {
        let entered = self.enter(caller, project, Action::GrantList, Target::named("project", project)).await?;
        let (id, now) = (entered.project.id, self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let mut filter = GrantFilter { state: query.state, kind: query.kind, ..GrantFilter::default() };
                    if let Some(name) = &query.integration {
                        filter.integration = Some(find::integration(tx, id, name).await?);
                    }
                    if let Some(name) = &query.datasource {
                        filter.datasource = Some(find::datasource(tx, id, name).await?);
                    }
                    if let Some(name) = &query.principal {
                        filter.principal = Some(find::principal(tx, id, name, now).await?);
                    }
                    let found = store::grants::list(tx, id, filter, now, &page).await?;
                    let items = Names::default().views(tx, found.items).await?;
                    Ok(Page { items, next: found.next })
                })
            })
            .await
    }

    /// One grant.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_grant(&self, caller: &Caller, project: &Name, id: &str) -> Result<GrantView> {
        let entered = self.enter(caller, project, Action::GrantShow, Target::named("grant", id)).await?;
        let (grant, asked, now) = (parse(id)?, id.to_owned(), self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::grants::get(tx, entered.project.id, grant, now).await?;
                    let found = found.ok_or_else(|| Error::not_found("grant", &asked))?;
                    Names::default().view(tx, found).await
                })
            })
            .await
    }

    /// Those of these grants that there are, in the order of the ids.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see; `invalid` for more than 500.
    pub async fn show_grants(&self, caller: &Caller, project: &Name, ids: &[&str]) -> Result<Vec<GrantView>> {
        let entered = self.enter(caller, project, Action::GrantShow, Target::named("project", project)).await?;
        if ids.len() > MOST {
            return Err(Error::invalid("/ids", format!("ask for at most {MOST} grants")));
        }
        let (ids, now): (Vec<GrantId>, _) = (ids.iter().filter_map(|id| id.parse().ok()).collect(), self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let mut found = store::grants::these(tx, entered.project.id, ids.iter().copied(), now).await?;
                    found.sort_by_key(|stored| ids.iter().position(|id| *id == stored.grant.id));
                    Names::default().views(tx, found).await
                })
            })
            .await
    }
}

/// So many grants are shown at a time.
const MOST: usize = 500;

/// What is no id names no grant.
pub(super) fn parse(id: &str) -> Result<GrantId> {
    id.parse().map_err(|_| Error::not_found("grant", id))
}
