//! `/projects/{project}/integrations/{name}/delete`

use askama::Template;
use authz::Action;
use broker::{IntegrationUse, IntegrationView};
use domain::Error;
use domain::name::Name;

use crate::App;
use crate::console::delete::Deletable;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;

/// An integration with what goes through it.
pub(super) struct Used {
    integration: IntegrationView,
    used: IntegrationUse,
}

/// Why it cannot be deleted now, with links to what stands in the way.
#[derive(Template)]
#[template(path = "integrations/in_use.html")]
struct InUsePage {
    frame: Frame,
    base: String,
    project: String,
    integration: IntegrationView,
    used: IntegrationUse,
}

impl InUsePage {
    fn more_datasources(&self) -> bool {
        super::more_datasources(&self.used)
    }
}

impl Deletable for Used {
    const NOUN: &'static str = "integration";
    const BUTTON: &'static str = "Delete integration";
    const SECTION: Section = Section::Integrations;
    const ACTION: Action = Action::IntegrationDelete;

    async fn read(app: &App, here: &Here, name: &Name) -> Result<Self, Error> {
        let integration = app.broker().show_integration(here.caller(), here.name(), name).await?;
        let used = app.broker().integration_use(here.caller(), here.name(), name).await?;
        Ok(Self { integration, used })
    }

    async fn delete(app: &App, here: &Here, name: &Name, revision: i64) -> Result<(), Error> {
        app.broker().delete_integration(here.caller(), here.name(), name, revision).await
    }

    fn revision(&self) -> i64 {
        self.integration.revision
    }

    fn is_used(&self) -> bool {
        self.used.datasource_count > 0 || self.used.live_grants.count > 0
    }

    fn in_use(self, here: &Here) -> impl Template {
        let Self { integration, used } = self;
        let frame = here.frame(Self::SECTION, format!("Delete integration “{}”", integration.name));
        InUsePage { frame, base: here.path("/integrations"), project: here.path(""), integration, used }
    }

    fn warning(&self) -> (String, Vec<String>) {
        let name = &self.integration.name;
        let what =
            format!("The integration {name} is deleted with all versions of its secrets. This cannot be undone.");
        let stays = [
            "No datasource and no live grant uses it.",
            "Its proofs and its records in the audit stay.",
            "The role or key on the cloud's side is not touched: remove it there.",
        ];
        (what, stays.map(str::to_owned).into())
    }

    fn done(name: &Name) -> String {
        format!("The integration {name} is deleted, with its secrets.")
    }
}
