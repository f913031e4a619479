//! `POST P/integrations/{name}/secrets/{field}/rollback`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::ProvenIntegration;
use crate::App;
use crate::face::{Body, Failure, Problem, Progress, Signed, name};

/// Which version.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollBack {
    /// As `GET .../secrets` lists them.
    version: u32,
}

/// Switches a secret to an earlier version, which is proven before.
///
/// With `Accept: text/event-stream` as when the integration is made.
#[utoipa::path(
    post, path = "/projects/{project}/integrations/{name}/secrets/{field}/rollback", tag = "integrations",
    operation_id = "roll_back_secret",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("field" = String, Path, description = "The secret's field")
    ),
    request_body = RollBack,
    responses((status = 200, body = ProvenIntegration), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.change")))
)]
pub(crate) async fn roll_back(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path((project, integration, field)): Path<(String, String, String)>,
    Body(ask): Body<RollBack>,
) -> Result<Response, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let (version, observer) = (ask.version, observer.as_ref());
        let changed = broker.roll_back_secret(&caller, &project, &integration, &field, version, observer).await?;
        ProvenIntegration::shown(StatusCode::OK, changed)
    };
    Ok(progress.run(&app, work).await)
}
