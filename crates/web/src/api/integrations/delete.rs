//! `DELETE P/integrations/{name}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, IfMatch, Problem, Signed, name};

/// Deletes an integration and its secrets; refused while datasources or live grants need it.
#[utoipa::path(
    delete, path = "/projects/{project}/integrations/{name}", tag = "integrations",
    operation_id = "delete_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("if-match" = String, Header, description = "The ETag of the revision that is deleted")
    ),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.delete")))
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
    IfMatch(revision): IfMatch,
) -> Result<StatusCode, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    app.broker().delete_integration(&caller, &project, &integration, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}
