//! `GET /key` and `GET P/key`

use axum::Json;
use axum::extract::{Path, State};
use broker::{KeyStatus, ProjectKeyStatus};

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Which root key is in use.
#[utoipa::path(
    get, path = "/key", tag = "keys", operation_id = "key_status",
    responses((status = 200, body = KeyStatus), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("key.status")))
)]
pub(crate) async fn root_status(State(app): State<App>, Signed(caller): Signed) -> Result<Json<KeyStatus>, Failure> {
    Ok(Json(app.broker().key_status(&caller).await?))
}

/// Which key seals the project's secrets, and how many older ones are still needed.
#[utoipa::path(
    get, path = "/projects/{project}/key", tag = "keys", operation_id = "project_key_status",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 200, body = ProjectKeyStatus), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("key.rotate")))
)]
pub(crate) async fn project_status(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<Json<ProjectKeyStatus>, Failure> {
    Ok(Json(app.broker().project_key_status(&caller, &name("project", &project)?).await?))
}
