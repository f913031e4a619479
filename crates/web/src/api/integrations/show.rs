//! `GET P/integrations/{name}`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use broker::IntegrationView;

use crate::App;
use crate::face::{Failure, Problem, Signed, etag, name};

/// Shows an integration, without its secrets; the ETag names its revision.
#[utoipa::path(
    get, path = "/projects/{project}/integrations/{name}", tag = "integrations", operation_id = "show_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    responses((status = 200, body = IntegrationView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.show")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let view = app.broker().show_integration(&caller, &project, &integration).await?;
    Ok((etag(view.revision), Json(view)))
}
