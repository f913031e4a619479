//! `/projects/{project}/integrations/{name}/prove`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{IntegrationView, ProofRunView};
use domain::integration::IntegrationState;

use super::{method, must};
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "integrations/prove.html")]
struct ProvePage {
    frame: Frame,
    base: String,
    project: String,
    integration: IntegrationView,
    waits: bool,
    /// The run that goes on already.
    run: Option<ProofRunView>,
    form: Filled,
}

async fn page(app: &App, here: &Here, name: &str) -> Result<ProvePage, Failure> {
    let name = face::name("integration", name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let run = app.broker().current_integration_run(here.caller(), here.name(), &name).await?;
    let method = method(app, here, &integration.method).await?;
    Ok(ProvePage {
        frame: here.frame(Section::Integrations, format!("Prove {}", integration.name)),
        base: here.path("/integrations"),
        project: here.path(""),
        waits: method.waits(&integration.settings),
        integration,
        run,
        form: Filled::default(),
    })
}

/// Says what will be asked, and offers to begin.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    must(&here, Action::IntegrationProve)?;
    answer::page(&page(&app, &here, &name).await?)
}

/// Begins, or joins the run that goes on.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = face::name("integration", &text)?;
    match app.broker().start_integration_proof(here.caller(), here.name(), &name).await {
        Ok(run) => answer::to(here.path(&format!("/proof-runs/{}", run.id))),
        Err(error) if error.kind() == domain::ErrorKind::Conflict => {
            let mut page = page(&app, &here, &text).await?;
            page.form = page.form.failed(error)?;
            answer::refused(&page)
        }
        Err(error) => Err(Failure(error)),
    }
}
