//! `PATCH /users/{name}`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use broker::{UserChange, UserView};
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, parsed};

/// A change: what is left out is kept.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeUser {
    /// Keeps him out and ends his sessions and tokens, or lets him in again.
    #[serde(default)]
    disabled: Option<bool>,
    /// What role ARNs may name as `${user.<property>}`; `null` removes one.
    #[serde(default)]
    properties: BTreeMap<String, Option<String>>,
}

/// Disables or enables a user, and sets his properties.
#[utoipa::path(
    patch, path = "/users/{name}", tag = "users", operation_id = "change_user",
    params(("name" = String, Path, description = "The user's name")),
    request_body = ChangeUser,
    responses((status = 200, body = UserView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.change")))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
    Body(ask): Body<ChangeUser>,
) -> Result<Json<UserView>, Failure> {
    let change = UserChange { disabled: ask.disabled, properties: ask.properties };
    Ok(Json(app.broker().change_user(&caller, &parsed("user", &name)?, change).await?))
}
