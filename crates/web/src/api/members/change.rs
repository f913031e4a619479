//! `PATCH P/members/{principal}`

use axum::Json;
use axum::extract::{Path, State};
use broker::MemberView;
use domain::principal::Role;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// Another role.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeMember {
    /// What he may do.
    role: Role,
}

/// Gives a member another role.
#[utoipa::path(
    patch, path = "/projects/{project}/members/{principal}", tag = "members", operation_id = "change_member",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("principal" = String, Path, description = "The name or id of the user or service account")
    ),
    request_body = ChangeMember,
    responses((status = 200, body = MemberView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("member.change")))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, principal)): Path<(String, String)>,
    Body(ask): Body<ChangeMember>,
) -> Result<Json<MemberView>, Failure> {
    Ok(Json(app.broker().change_member(&caller, &name("project", &project)?, &principal, ask.role).await?))
}
