//! `POST P/tokens`

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::NewToken;
use domain::name::Name;
use domain::principal::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// A new token.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateToken {
    /// What it is called.
    name: Name,
    /// Whose it is, if not one's own.
    #[serde(default)]
    service_account: Option<Name>,
    /// The most it may do; the role of whom it is for if not given.
    #[serde(default)]
    role: Option<Role>,
    /// How long it lives, a minute to 366 days; 90 days if not given.
    #[serde(default)]
    ttl_seconds: Option<u64>,
}

/// A token that was made.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CreatedToken {
    /// Never reused.
    id: String,
    /// Shown once.
    token: String,
    /// What it is called.
    name: Name,
    /// The most it may do.
    role: Role,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a token for oneself or for a service account.
#[utoipa::path(
    post, path = "/projects/{project}/tokens", tag = "tokens", operation_id = "create_token",
    params(("project" = String, Path, description = "The project's name")),
    request_body = CreateToken,
    responses((status = 201, body = CreatedToken), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("token.create-own")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Body(ask): Body<CreateToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Failure> {
    let new = NewToken {
        name: ask.name,
        service_account: ask.service_account,
        role: ask.role,
        ttl: ask.ttl_seconds.map(Duration::from_secs),
    };
    let made = app.broker().create_token(&caller, &name("project", &project)?, new).await?;
    let created = CreatedToken {
        id: made.id.to_string(),
        token: made.token.expose_str().unwrap_or_default().to_owned(),
        name: made.name,
        role: made.role,
        expires_at: made.expires_at,
    };
    Ok((StatusCode::CREATED, Json(created)))
}
