//! `GET /projects/{project}`

use axum::Json;
use axum::extract::{Path, State};
use broker::ProjectView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// One project, its external id, and whom its roles must trust.
#[utoipa::path(
    get, path = "/projects/{project}", tag = "projects", operation_id = "show_project",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 200, body = ProjectView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("project.show")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<Json<ProjectView>, Failure> {
    Ok(Json(app.broker().show_project(&caller, &name("project", &project)?).await?))
}
