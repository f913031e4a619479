//! `POST /projects/{project}/integrations/{name}/pause` and `.../resume`: each undoes the other.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// Pauses it; the page that follows offers to resume.
pub(super) async fn pause(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    app.broker().pause_integration(here.caller(), here.name(), &name).await?;
    let sentence =
        "Paused: nothing is handed out through it until you resume it. What was handed out before goes on working.";
    answer::said(&app, here.path(&format!("/integrations/{name}")), sentence)
}

/// Resumes it; the page that follows offers to pause.
pub(super) async fn resume(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    app.broker().resume_integration(here.caller(), here.name(), &name).await?;
    answer::said(
        &app,
        here.path(&format!("/integrations/{name}")),
        "Resumed, in the state that its last proof gives it.",
    )
}
