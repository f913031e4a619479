//! `POST /users/{name}/password`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::secret::SecretBytes;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed};

/// The old password and the new one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// The password as it is.
    #[schema(value_type = String, format = Password)]
    password: SecretBytes,
    /// The password as it is to be.
    #[schema(value_type = String, format = Password)]
    new_password: SecretBytes,
}

/// Changes one's own password and ends one's other sessions.
#[utoipa::path(
    post, path = "/users/{name}/password", tag = "users", operation_id = "change_password",
    params(("name" = String, Path, description = "One's own name")),
    request_body = ChangePassword,
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("password.change")))
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
    Body(ask): Body<ChangePassword>,
) -> Result<StatusCode, Failure> {
    app.limits().count_sign_in(caller.origin.source_ip)?;
    app.broker().change_own_password(&caller, &name, ask.password, ask.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}
