//! `POST /projects/{project}/service-accounts/{name}/disable` and `/enable`: each undoes the other.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

type InProject = Path<(String, String)>;

/// None of its tokens is accepted any more.
pub(super) async fn disable(State(app): State<App>, here: Here, path: InProject) -> Result<Response, Failure> {
    switch(&app, &here, path, true, "is disabled: none of its tokens is accepted.").await
}

/// Its tokens are accepted again.
pub(super) async fn enable(State(app): State<App>, here: Here, path: InProject) -> Result<Response, Failure> {
    switch(&app, &here, path, false, "is enabled again.").await
}

async fn switch(
    app: &App,
    here: &Here,
    Path((_, name)): InProject,
    disabled: bool,
    sentence: &str,
) -> Result<Response, Failure> {
    let name = face::name("service account", &name)?;
    app.broker().switch_service_account(here.caller(), here.name(), &name, disabled).await?;
    answer::said(app, here.path("/service-accounts"), &format!("{name} {sentence}"))
}
