//! `/projects/{project}/datasources/{name}/delete`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use broker::{DatasourceUse, DatasourceView};
use domain::name::Name;
use domain::{Error, ErrorKind};

use super::must;
use crate::App;
use crate::console::answer;
use crate::console::confirm::{Confirm, was_typed};
use crate::console::csp::Csp;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;
use crate::face::{self, Failure};

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

/// Asks, or says what stands in the way.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    must(&here, Action::DatasourceDelete)?;
    let (view, used) = read(&app, &here, &name).await?;
    if is_used(&used) {
        return answer::page(&in_use(&here, view, used));
    }
    confirm(&here, &view).ask()
}

/// Deletes it.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("datasource", &text)?;
    let error = match delete(&app, &here, &name, &form).await {
        Ok(()) => {
            let sentence = format!("The datasource {name} is deleted. Its objects stay where they are.");
            return answer::said(&app, here.path("/datasources"), &sentence);
        }
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) {
        return Err(Failure(error));
    }
    must(&here, Action::DatasourceDelete)?;
    let (view, used) = read(&app, &here, &text).await?;
    if error.kind() == ErrorKind::Conflict && is_used(&used) {
        return answer::page_with(StatusCode::CONFLICT, &in_use(&here, view, used), &Csp::default());
    }
    confirm(&here, &view).again(&form, error)
}

async fn delete(app: &App, here: &Here, name: &Name, form: &Form) -> Result<(), Error> {
    was_typed(form, name.as_str())?;
    let revision = form.parsed("revision")?;
    app.broker().delete_datasource(here.caller(), here.name(), name, revision).await
}

async fn read(app: &App, here: &Here, name: &str) -> Result<(DatasourceView, DatasourceUse), Failure> {
    let name = face::name("datasource", name)?;
    let view = app.broker().show_datasource(here.caller(), here.name(), &name).await?;
    let used = app.broker().datasource_use(here.caller(), here.name(), &name).await?;
    Ok((view, used))
}

fn is_used(used: &DatasourceUse) -> bool {
    used.live_grants.count > 0 || !used.inputs.is_empty()
}

fn in_use(here: &Here, view: DatasourceView, used: DatasourceUse) -> InUsePage {
    let frame = here.frame(Section::Datasources, format!("Delete {}", view.name));
    InUsePage { frame, base: here.path("/datasources"), project: here.path(""), view, used }
}

fn confirm(here: &Here, view: &DatasourceView) -> Confirm {
    let name = &view.name;
    let path = here.path(&format!("/datasources/{name}"));
    Confirm {
        frame: here.frame(Section::Datasources, format!("Delete {name}")),
        what: format!(
            "The datasource {name} is deleted. This cannot be undone, but another one of the same place can be made."
        ),
        consequences: vec![
            format!("The objects in {} stay: nothing in the bucket is touched.", view.bucket),
            "No live grant and no other datasource uses it.".to_owned(),
            "Its records in the audit stay.".to_owned(),
        ],
        typed: Some(name.to_string()),
        button: "Delete datasource",
        action: format!("{path}/delete"),
        back: path,
        hidden: vec![("revision", view.revision.to_string())],
        form: Filled::default(),
    }
}
