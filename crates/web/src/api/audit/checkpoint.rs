//! `GET P/audit/checkpoint` and `GET /audit/checkpoint`

use axum::extract::{Path, State};
use broker::AuditScope;

use super::of_project;
use crate::App;
use crate::face::{Failure, Problem, Signed};

/// The signed checkpoint of a project's log as it is now (C2SP tlog-checkpoint).
#[utoipa::path(
    get, path = "/projects/{project}/audit/checkpoint", tag = "audit", operation_id = "project_audit_checkpoint",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read")))
)]
pub(crate) async fn checkpoint_of_a_project(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<String, Failure> {
    Ok(app.broker().audit_checkpoint(&caller, &of_project(&project)?).await?)
}

/// The signed checkpoint of the installation's log as it is now.
#[utoipa::path(
    get, path = "/audit/checkpoint", tag = "audit", operation_id = "audit_checkpoint",
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read-installation")))
)]
pub(crate) async fn checkpoint_of_the_installation(
    State(app): State<App>,
    Signed(caller): Signed,
) -> Result<String, Failure> {
    Ok(app.broker().audit_checkpoint(&caller, &AuditScope::Installation).await?)
}
