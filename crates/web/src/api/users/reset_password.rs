//! `POST /users/{name}/reset-password`

use axum::Json;
use axum::extract::{Path, State};
use domain::secret::SecretBytes;
use serde::Deserialize;

use super::UserWithPassword;
use crate::App;
use crate::face::{Body, Failure, Problem, Signed, parsed};

/// A new password for someone who cannot give the old one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPassword {
    /// The new password; without it one is generated, shown once, and to be changed at the next sign-in.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretBytes>,
}

/// Gives a user a new password and ends his sessions; his API tokens stay.
#[utoipa::path(
    post, path = "/users/{name}/reset-password", tag = "users", operation_id = "reset_password",
    params(("name" = String, Path, description = "The user's name")),
    request_body = ResetPassword,
    responses((status = 200, body = UserWithPassword), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.change")))
)]
pub(crate) async fn reset_password(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
    Body(ask): Body<ResetPassword>,
) -> Result<Json<UserWithPassword>, Failure> {
    let reset = app.broker().reset_password(&caller, &parsed("user", &name)?, ask.password).await?;
    Ok(Json(reset.into()))
}
