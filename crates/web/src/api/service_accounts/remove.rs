//! `DELETE P/service-accounts/{name}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Keeps a service account out for good: all its tokens end. What names it in the audit stays readable, so
/// it is still shown, as disabled, and its name is not given to another.
#[utoipa::path(
    delete, path = "/projects/{project}/service-accounts/{name}", tag = "service-accounts",
    operation_id = "remove_service_account",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The service account's name")
    ),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("service-account.change")))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, account)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    let (project, account) = (name("project", &project)?, name("service account", &account)?);
    app.broker().switch_service_account(&caller, &project, &account, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
