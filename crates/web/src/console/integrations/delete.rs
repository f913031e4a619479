//! `/projects/{project}/integrations/{name}/delete`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use broker::{IntegrationUse, IntegrationView};
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

    fn live(&self) -> String {
        super::live(&self.used)
    }
}

/// Asks, or says what stands in the way.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    must(&here, Action::IntegrationDelete)?;
    let (integration, used) = read(&app, &here, &name).await?;
    if is_used(&used) {
        return answer::page(&in_use(&here, integration, used));
    }
    confirm(&here, &integration).ask()
}

/// Deletes it.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("integration", &text)?;
    match delete(&app, &here, &name, &form).await {
        Ok(()) => answer::said(
            &app,
            here.path("/integrations"),
            &format!("The integration {name} is deleted, with its secrets."),
        ),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Err(Failure(error)),
        Err(error) => {
            let (integration, used) = read(&app, &here, &text).await?;
            if error.kind() == ErrorKind::Conflict && is_used(&used) {
                return answer::page_with(StatusCode::CONFLICT, &in_use(&here, integration, used), &Csp::default());
            }
            confirm(&here, &integration).again(&form, error)
        }
    }
}

async fn delete(app: &App, here: &Here, name: &domain::name::Name, form: &Form) -> Result<(), Error> {
    was_typed(form, name.as_str())?;
    let revision = form.parsed("revision")?;
    app.broker().delete_integration(here.caller(), here.name(), name, revision).await
}

async fn read(app: &App, here: &Here, name: &str) -> Result<(IntegrationView, IntegrationUse), Failure> {
    let name = face::name("integration", name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let used = app.broker().integration_use(here.caller(), here.name(), &name).await?;
    Ok((integration, used))
}

fn is_used(used: &IntegrationUse) -> bool {
    used.datasource_count > 0 || used.live_grants.count > 0
}

fn in_use(here: &Here, integration: IntegrationView, used: IntegrationUse) -> InUsePage {
    let frame = here.frame(Section::Integrations, format!("Delete {}", integration.name));
    InUsePage { frame, base: here.path("/integrations"), project: here.path(""), integration, used }
}

fn confirm(here: &Here, integration: &IntegrationView) -> Confirm {
    let name = &integration.name;
    let path = here.path(&format!("/integrations/{name}"));
    Confirm {
        frame: here.frame(Section::Integrations, format!("Delete {name}")),
        what: format!("The integration {name} is deleted with all versions of its secrets. This cannot be undone."),
        consequences: vec![
            "No datasource and no live grant uses it.".to_owned(),
            "Its proofs and its records in the audit stay.".to_owned(),
            "The role or key on the cloud's side is not touched: remove it there.".to_owned(),
        ],
        typed: Some(name.to_string()),
        button: "Delete integration",
        action: format!("{path}/delete"),
        back: path,
        hidden: vec![("revision", integration.revision.to_string())],
        form: Filled::default(),
    }
}
