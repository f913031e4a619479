//! `GET P/grants/{id}`

use axum::Json;
use axum::extract::{Path, State};
use broker::GrantView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// One grant; never what was handed out.
#[utoipa::path(
    get, path = "/projects/{project}/grants/{id}", tag = "grants", operation_id = "show_grant",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("id" = String, Path, description = "The grant's id")
    ),
    responses((status = 200, body = GrantView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("grant.show")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<GrantView>, Failure> {
    Ok(Json(app.broker().show_grant(&caller, &name("project", &project)?, &id).await?))
}
