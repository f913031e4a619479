//! `POST /users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use broker::{NewUser, UserView, WithPassword};
use domain::name::UserName;
use domain::secret::SecretBytes;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::face::{Body, Failure, Problem, Signed};

/// A new user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUser {
    /// Unique in the installation.
    name: UserName,
    /// The first password; without it one is generated, shown once, and to be changed at first sign-in.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretBytes>,
    /// Make an administrator of the installation.
    #[serde(default)]
    administrator: bool,
}

/// A user, and his generated password.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct UserWithPassword {
    #[serde(flatten)]
    user: UserView,
    /// The generated password; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl From<WithPassword> for UserWithPassword {
    fn from(made: WithPassword) -> Self {
        let password = made.password.and_then(|password| password.expose_str().map(str::to_owned));
        Self { user: made.user, password }
    }
}

/// Makes a user.
#[utoipa::path(
    post, path = "/users", tag = "users", operation_id = "create_user",
    request_body = CreateUser,
    responses((status = 201, body = UserWithPassword), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.create")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(ask): Body<CreateUser>,
) -> Result<(StatusCode, Json<UserWithPassword>), Failure> {
    let new = NewUser { name: ask.name, password: ask.password, administrator: ask.administrator };
    let made = app.broker().create_user(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
