//! Showing projects to their members.

use std::collections::BTreeMap;

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::integration::ExternalId;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, Role};
use jiff::Timestamp;
use serde::Serialize;
use store::projects::StoredProject;

use crate::Broker;

/// A project as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProjectView {
    /// Never reused.
    pub id: String,
    /// Unique in the installation.
    pub name: Name,
    /// What roles of this project must require: made by Tidegate, never changed.
    #[schema(value_type = String)]
    pub external_id: ExternalId,
    /// Tidegate's own identities by partition: whom roles of this project must trust.
    pub identities: BTreeMap<String, String>,
    /// What the caller may do here.
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Broker {
    pub(super) fn project_view(&self, project: StoredProject, role: Role) -> ProjectView {
        ProjectView {
            id: project.id.to_string(),
            name: project.name,
            external_id: project.external_id,
            identities: self.0.parts.options.identities.clone(),
            role,
            created_at: project.created_at,
        }
    }

    /// One project.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller is no member of.
    pub async fn show_project(&self, caller: &Caller, project: &Name) -> Result<ProjectView> {
        let entered = self.enter(caller, project, Action::ProjectShow, Target::named("project", project)).await?;
        Ok(self.project_view(entered.project, entered.role))
    }

    /// The projects that the caller is a member of and that his token opens, by name.
    ///
    /// # Errors
    /// `invalid` for a cursor that is none.
    pub async fn list_projects(&self, caller: &Caller, page: PageAsk) -> Result<Page<ProjectView>> {
        self.permit(caller, Action::ProjectList, Target::new("user", caller.principal.id)).await?;
        let (principal, only) = (caller.principal.id, caller.limit.map(|limit| limit.project));
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let found = match only {
                    // One project is always one page.
                    Some(_) if page.after.is_some() => Page { items: Vec::new(), next: None },
                    Some(only) => {
                        Page { items: store::projects::get(tx, only).await?.into_iter().collect(), next: None }
                    }
                    None => store::projects::list(tx, Some(principal), &page).await?,
                };
                let mut items = Vec::with_capacity(found.items.len());
                for project in found.items {
                    if let Some(role) = store::members::role(tx, project.id, principal).await? {
                        items.push((project, role));
                    }
                }
                Ok(Page { items, next: found.next })
            })
        });
        Ok(found.await?.map(|(project, role)| self.project_view(project, role)))
    }
}
