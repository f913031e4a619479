//! `POST P/service-accounts`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::ServiceAccountView;
use domain::name::Name;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// A new service account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateServiceAccount {
    /// Unique in the project.
    name: Name,
}

/// Makes a service account; give it a role as a member, and a token.
#[utoipa::path(
    post, path = "/projects/{project}/service-accounts", tag = "service-accounts",
    operation_id = "create_service_account",
    params(("project" = String, Path, description = "The project's name")),
    request_body = CreateServiceAccount,
    responses((status = 201, body = ServiceAccountView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("service-account.change")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Body(ask): Body<CreateServiceAccount>,
) -> Result<(StatusCode, Json<ServiceAccountView>), Failure> {
    let made = app.broker().create_service_account(&caller, &name("project", &project)?, ask.name).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
