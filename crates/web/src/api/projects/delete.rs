//! `DELETE /projects/{project}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Deletes a project that nothing depends on any more, and destroys the keys of its secrets.
#[utoipa::path(
    delete, path = "/projects/{project}", tag = "projects", operation_id = "delete_project",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("project.delete")))
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<StatusCode, Failure> {
    app.broker().delete_project(&caller, &name("project", &project)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
