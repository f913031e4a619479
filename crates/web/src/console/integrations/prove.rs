//! `/projects/{project}/integrations/{name}/prove`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{IntegrationView, ProofRunView, Proven};
use domain::integration::IntegrationState;

use super::method;
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::then::Then;
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
    then: Then,
}

async fn page(app: &App, here: &Here, name: &str, then: Then) -> Result<ProvePage, Failure> {
    let name = face::name("integration", name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let run = app.broker().current_proof_run(here.caller(), here.name(), Proven::Integration, &name).await?;
    let method = method(app, here, &integration.method).await?;
    Ok(ProvePage {
        frame: here.frame(Section::Integrations, format!("Prove {}", integration.name)),
        base: here.path("/integrations"),
        project: here.path(""),
        waits: method.waits(&integration.settings),
        integration,
        run,
        form: Filled::default(),
        then,
    })
}

/// Says what will be asked, and offers to begin.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    then: Then,
) -> Result<Response, Failure> {
    here.must(Action::IntegrationProve)?;
    answer::page(&page(&app, &here, &name, then).await?)
}

/// Begins, or joins the run that goes on.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    then: Then,
) -> Result<Response, Failure> {
    let name = face::name("integration", &text)?;
    match app.broker().start_integration_proof(here.caller(), here.name(), &name).await {
        Ok(run) => answer::to(here.path(&format!("/proof-runs/{}{then}", run.id))),
        Err(error) if error.kind() == domain::ErrorKind::Conflict => {
            let mut page = page(&app, &here, &text, then).await?;
            page.form = page.form.failed(error)?;
            answer::refused(&page)
        }
        Err(error) => Err(Failure(error)),
    }
}
