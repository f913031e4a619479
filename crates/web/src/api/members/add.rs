//! `POST P/members`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::MemberView;
use domain::principal::Role;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// A role for somebody.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddMember {
    /// The name or id of the user or service account.
    principal: String,
    /// What he may do.
    role: Role,
}

/// Makes a user or service account a member, or gives a member another role.
#[utoipa::path(
    post, path = "/projects/{project}/members", tag = "members", operation_id = "add_member",
    params(("project" = String, Path, description = "The project's name")),
    request_body = AddMember,
    responses(
        (status = 201, body = MemberView, description = "A new member"),
        (status = 200, body = MemberView, description = "Another role for a member"),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("member.change")))
)]
pub(crate) async fn add(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Body(ask): Body<AddMember>,
) -> Result<(StatusCode, Json<MemberView>), Failure> {
    let project = name("project", &project)?;
    let (member, new) = app.broker().add_member(&caller, &project, &ask.principal, ask.role).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(member)))
}
