//! `DELETE P/tokens/{id}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, Problem, Signed, name, parsed};

/// Takes a token back at once: one's own, or any for whoever may.
#[utoipa::path(
    delete, path = "/projects/{project}/tokens/{id}", tag = "tokens", operation_id = "revoke_token",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("id" = String, Path, description = "The token's id")
    ),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("token.revoke-own")))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, id)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    app.broker().revoke_token(&caller, &name("project", &project)?, parsed("token", &id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
