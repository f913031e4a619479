//! `POST /sessions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::secret::SecretBytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::face::{Body, Failure, From, Problem};

/// Of whoever is not signed in yet; a password has at most a kilobyte.
pub(crate) const BODY_LIMIT: usize = 16 * 1024;

/// Name and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The user's name.
    username: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: SecretBytes,
    /// Changes the password first; needed where it was generated.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    new_password: Option<SecretBytes>,
}

/// A session that has begun.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Session {
    /// Shown once.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Begins a session.
#[utoipa::path(
    post, path = "/sessions", tag = "sessions", operation_id = "sign_in", security(()),
    request_body = SignIn,
    responses((status = 201, body = Session), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("session.begin")))
)]
pub(crate) async fn begin(
    State(app): State<App>,
    From(origin): From,
    Body(ask): Body<SignIn>,
) -> Result<(StatusCode, Json<Session>), Failure> {
    app.limits().count_sign_in(origin.source_ip)?;
    let signed = app.broker().sign_in(&ask.username, ask.password, ask.new_password, origin).await?;
    let token = signed.token.expose_str().unwrap_or_default().to_owned();
    Ok((StatusCode::CREATED, Json(Session { token, expires_at: signed.expires_at })))
}
