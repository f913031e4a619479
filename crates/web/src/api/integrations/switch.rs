//! `POST P/integrations/{name}/pause` and `POST P/integrations/{name}/resume`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use broker::IntegrationView;

use crate::App;
use crate::face::{Failure, Problem, Signed, etag, name};

/// Pauses an integration: nothing is handed out through it until it is resumed.
#[utoipa::path(
    post, path = "/projects/{project}/integrations/{name}/pause", tag = "integrations",
    operation_id = "pause_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    responses((status = 200, body = IntegrationView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.change")))
)]
pub(crate) async fn pause(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let view = app.broker().pause_integration(&caller, &project, &integration).await?;
    Ok((etag(view.revision), Json(view)))
}

/// Resumes a paused integration, in the state that its last proof gives it.
#[utoipa::path(
    post, path = "/projects/{project}/integrations/{name}/resume", tag = "integrations",
    operation_id = "resume_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    responses((status = 200, body = IntegrationView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.change")))
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let view = app.broker().resume_integration(&caller, &project, &integration).await?;
    Ok((etag(view.revision), Json(view)))
}
