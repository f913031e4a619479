//! `GET P/members/{principal}`

use axum::Json;
use axum::extract::{Path, State};
use broker::MemberView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// One member.
#[utoipa::path(
    get, path = "/projects/{project}/members/{principal}", tag = "members", operation_id = "show_member",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("principal" = String, Path, description = "The name or id of the user or service account")
    ),
    responses((status = 200, body = MemberView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("member.list")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, principal)): Path<(String, String)>,
) -> Result<Json<MemberView>, Failure> {
    Ok(Json(app.broker().show_member(&caller, &name("project", &project)?, &principal).await?))
}
