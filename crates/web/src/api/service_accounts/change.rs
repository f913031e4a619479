//! `PATCH P/service-accounts/{name}`

use axum::Json;
use axum::extract::{Path, State};
use broker::ServiceAccountView;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// A change.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeServiceAccount {
    /// Ends all its tokens, or lets it in again.
    disabled: bool,
}

/// Disables or enables a service account.
#[utoipa::path(
    patch, path = "/projects/{project}/service-accounts/{name}", tag = "service-accounts",
    operation_id = "change_service_account",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The service account's name")
    ),
    request_body = ChangeServiceAccount,
    responses((status = 200, body = ServiceAccountView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("service-account.change")))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, account)): Path<(String, String)>,
    Body(ask): Body<ChangeServiceAccount>,
) -> Result<Json<ServiceAccountView>, Failure> {
    let (project, account) = (name("project", &project)?, name("service account", &account)?);
    Ok(Json(app.broker().switch_service_account(&caller, &project, &account, ask.disabled).await?))
}
