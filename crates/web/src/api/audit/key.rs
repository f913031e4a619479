//! `GET P/audit/key` and `GET /audit/key`

use axum::extract::{Path, State};
use broker::AuditScope;

use super::of_project;
use crate::App;
use crate::face::{Failure, Problem, Signed};

/// The public key that verifies the checkpoints of a project's log, in one line.
#[utoipa::path(
    get, path = "/projects/{project}/audit/key", tag = "audit", operation_id = "project_audit_key",
    params(("project" = String, Path, description = "The project's name")),
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read")))
)]
pub(crate) async fn key_of_a_project(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
) -> Result<String, Failure> {
    Ok(app.broker().audit_key(&caller, &of_project(&project)?).await?)
}

/// The public key that verifies the checkpoints of the installation's log, in one line.
#[utoipa::path(
    get, path = "/audit/key", tag = "audit", operation_id = "audit_key",
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read-installation")))
)]
pub(crate) async fn key_of_the_installation(State(app): State<App>, Signed(caller): Signed) -> Result<String, Failure> {
    Ok(app.broker().audit_key(&caller, &AuditScope::Installation).await?)
}
