//! `/projects/{project}/datasources/{name}/delete`

use askama::Template;
use authz::Action;
use broker::{DatasourceUse, DatasourceView};
use domain::Error;
use domain::name::Name;

use crate::App;
use crate::console::delete::Deletable;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;

/// A datasource with what depends on it.
pub(super) struct Used {
    view: DatasourceView,
    used: DatasourceUse,
}

/// Why it cannot be deleted now, with links to what stands in the way.
#[derive(Template)]
#[template(path = "datasources/in_use.html")]
struct InUsePage {
    frame: Frame,
    base: String,
    project: String,
    view: DatasourceView,
    used: DatasourceUse,
}

impl Deletable for Used {
    const NOUN: &'static str = "datasource";
    const BUTTON: &'static str = "Delete datasource";
    const SECTION: Section = Section::Datasources;
    const ACTION: Action = Action::DatasourceDelete;

    async fn read(app: &App, here: &Here, name: &Name) -> Result<Self, Error> {
        let view = app.broker().show_datasource(here.caller(), here.name(), name).await?;
        let used = app.broker().datasource_use(here.caller(), here.name(), name).await?;
        Ok(Self { view, used })
    }

    async fn delete(app: &App, here: &Here, name: &Name, revision: i64) -> Result<(), Error> {
        app.broker().delete_datasource(here.caller(), here.name(), name, revision).await
    }

    fn revision(&self) -> i64 {
        self.view.revision
    }

    fn is_used(&self) -> bool {
        self.used.live_grants.count > 0 || !self.used.inputs.is_empty()
    }

    fn in_use(self, here: &Here) -> impl Template {
        let Self { view, used } = self;
        let frame = here.frame(Self::SECTION, format!("Delete datasource “{}”", view.name));
        InUsePage { frame, base: here.path("/datasources"), project: here.path(""), view, used }
    }

    fn warning(&self) -> (String, Vec<String>) {
        let name = &self.view.name;
        let what = format!(
            "The datasource {name} is deleted. This cannot be undone, but another one of the same place can be made."
        );
        let stays = vec![
            format!("The objects in {} stay: nothing in the bucket is touched.", self.view.bucket),
            "No live grant and no other datasource uses it.".to_owned(),
            "Its records in the audit stay.".to_owned(),
        ];
        (what, stays)
    }

    fn done(name: &Name) -> String {
        format!("The datasource {name} is deleted. Its objects stay where they are.")
    }
}
