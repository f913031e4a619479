//! `GET P/service-accounts/{name}`

use axum::Json;
use axum::extract::{Path, State};
use broker::ServiceAccountView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// One service account.
#[utoipa::path(
    get, path = "/projects/{project}/service-accounts/{name}", tag = "service-accounts",
    operation_id = "show_service_account",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The service account's name")
    ),
    responses((status = 200, body = ServiceAccountView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("service-account.list")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, account)): Path<(String, String)>,
) -> Result<Json<ServiceAccountView>, Failure> {
    let (project, account) = (name("project", &project)?, name("service account", &account)?);
    Ok(Json(app.broker().show_service_account(&caller, &project, &account).await?))
}
