//! `GET /sessions/current`

use axum::Json;
use axum::extract::State;
use domain::principal::{PrincipalKind, Role};
use serde::Serialize;

use crate::App;
use crate::face::{Failure, Problem, Signed};

/// Who one is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Myself {
    /// Never reused.
    id: String,
    /// The name.
    name: String,
    /// Person or program.
    kind: PrincipalKind,
    /// The installation's administrator.
    administrator: bool,
    /// The most that the token may do, where it is limited to a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_role: Option<Role>,
    /// The password must be changed first.
    password_change_required: bool,
}

/// Who the token belongs to.
#[utoipa::path(
    get, path = "/sessions/current", tag = "sessions", operation_id = "whoami",
    responses((status = 200, body = Myself), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("self.show")))
)]
pub(crate) async fn whoami(State(app): State<App>, Signed(caller): Signed) -> Result<Json<Myself>, Failure> {
    app.broker().may_show_self(&caller).await?;
    Ok(Json(Myself {
        id: caller.principal.id.to_string(),
        name: caller.principal.name,
        kind: caller.principal.kind,
        administrator: caller.principal.administrator,
        token_role: caller.limit.map(|limit| limit.role),
        password_change_required: caller.must_change_password,
    }))
}
