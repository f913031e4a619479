//! `POST P/key/rotate`

use axum::Json;
use axum::extract::{Path, State};
use broker::Rotated;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Makes a new key for the project, re-wraps its secrets under it, and destroys the old keys.
#[utoipa::path(
    post, path = "/projects/{project}/key/rotate", tag = "keys", operation_id = "rotate_key",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 200, body = Rotated), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("key.rotate")))
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<Json<Rotated>, Failure> {
    Ok(Json(app.broker().rotate_key(&caller, &name("project", &project)?).await?))
}
