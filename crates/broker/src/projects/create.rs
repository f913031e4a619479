//! Making a project: with its external id, its first key, and an owner.

use authz::Action;
use domain::Result;
use domain::audit::{Outcome, Target};
use domain::id::ProjectId;
use domain::integration::ExternalId;
use domain::name::Name;
use domain::principal::{Caller, Role};
use store::projects::StoredProject;

use super::ProjectView;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::keys::Vault;

impl Broker {
    /// Makes a project; who makes it owns it.
    ///
    /// # Errors
    /// `name_taken`; `permission_denied` to all but administrators.
    pub async fn create_project(&self, caller: &Caller, name: Name) -> Result<ProjectView> {
        let rule = self.permit(caller, Action::ProjectCreate, Target::named("project", &name)).await?;
        let (now, installation, by) = (self.now(), self.installation(), caller.clone());
        let project = StoredProject {
            id: ProjectId::new(),
            name,
            external_id: ExternalId::new(),
            created_at: now,
            created_by: caller.principal.id,
        };
        let vault = Vault::new(self.root(), project.id);
        let made = project.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    store::projects::insert(tx, &project).await?;
                    vault.create(tx, now).await?;
                    store::members::set(tx, project.id, by.principal.id, Role::Owner).await?;
                    let target = Target::new("project", project.id).with_name(&project.name);
                    let born = event(Action::ProjectCreate, Outcome::Done, rule, target)
                        .with("external_id", project.external_id.as_str())
                        .with("owner", by.principal.id.to_string());
                    // In the project's own log too, so that its export begins with its beginning.
                    for log in [Log::Installation, Log::Project(project.id)] {
                        append(tx, &installation, log, now, Some(&by), &born).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(self.project_view(made, Role::Owner))
    }
}
