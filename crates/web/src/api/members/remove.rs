//! `DELETE P/members/{principal}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Takes a member's role and his tokens of the project away; what he has made stays.
#[utoipa::path(
    delete, path = "/projects/{project}/members/{principal}", tag = "members", operation_id = "remove_member",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("principal" = String, Path, description = "The name or id of the user or service account")
    ),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("member.change")))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, principal)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    app.broker().remove_member(&caller, &name("project", &project)?, &principal).await?;
    Ok(StatusCode::NO_CONTENT)
}
