//! `POST /projects`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use broker::ProjectView;
use domain::name::Name;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed};

/// A new project.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateProject {
    /// Unique in the installation.
    name: Name,
}

/// Makes a project; who makes it owns it.
#[utoipa::path(
    post, path = "/projects", tag = "projects", operation_id = "create_project",
    request_body = CreateProject,
    responses((status = 201, body = ProjectView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("project.create")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(ask): Body<CreateProject>,
) -> Result<(StatusCode, Json<ProjectView>), Failure> {
    Ok((StatusCode::CREATED, Json(app.broker().create_project(&caller, ask.name).await?)))
}
