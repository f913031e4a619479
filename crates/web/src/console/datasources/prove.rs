//! `POST /projects/{project}/datasources/{name}/prove`

use axum::extract::{Path, State};
use axum::response::Response;
use domain::{Error, ErrorKind};

use super::fields::mode;
use super::show;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// Begins a proof, or joins the one that goes on.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("datasource", &text)?;
    let begun = match mode(form.text("mode")) {
        Some(mode) => app.broker().start_datasource_proof(here.caller(), here.name(), &name, mode).await,
        None => Err(Error::invalid("/mode", "choose one of the modes")),
    };
    match begun {
        Ok(run) => answer::to(here.path(&format!("/proof-runs/{}", run.id))),
        Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Invalid) => {
            let form = Filled::from_form(&form).failed(error)?;
            answer::refused(&show::page(&app, &here, &name, form).await?)
        }
        Err(error) => Err(Failure(error)),
    }
}
