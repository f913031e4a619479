//! `POST P/integrations`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use broker::NewIntegration;
use domain::integration::Settings;
use domain::name::Name;
use domain::secret::Secrets;
use serde::Deserialize;

use super::{ProofOff, ProvenIntegration, unproven};
use crate::App;
use crate::face::{Body, Failure, Problem, Progress, Signed, name};

/// A new integration.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateIntegration {
    /// Unique in the project.
    name: Name,
    /// The method, as `GET /methods` lists them.
    method: String,
    /// Public settings, as the method lists them.
    #[serde(default)]
    settings: Settings,
    /// Secrets, as the method lists them: text, or `{"base64": "..."}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    secrets: Secrets,
    /// Switches the proof off.
    proof: Option<ProofOff>,
    /// Why the proof is off.
    reason: Option<String>,
    /// Keep it as `failed` if the proof fails.
    #[serde(default)]
    keep: bool,
    /// Keep it as `pending` without proving it: a proof makes it active.
    #[serde(default)]
    draft: bool,
}

/// Connects and proves; without `role_arn` where the method needs one, begins and is finished later.
///
/// With `Accept: text/event-stream` each check is a `check` event, and the answer a last `result` or
/// `problem` event.
#[utoipa::path(
    post, path = "/projects/{project}/integrations", tag = "integrations", operation_id = "create_integration",
    params(("project" = String, Path, description = "The project's name")),
    request_body = CreateIntegration,
    responses((status = 201, body = ProvenIntegration), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.create")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path(project): Path<String>,
    Body(ask): Body<CreateIntegration>,
) -> Result<Response, Failure> {
    let project = name("project", &project)?;
    let new = NewIntegration {
        name: ask.name,
        method: ask.method,
        settings: ask.settings,
        secrets: ask.secrets,
        unproven: unproven(ask.proof, ask.reason)?,
        keep: ask.keep,
        draft: ask.draft,
    };
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let created = broker.create_integration(&caller, &project, new, observer.as_ref()).await?;
        ProvenIntegration::shown(StatusCode::CREATED, created)
    };
    Ok(progress.run(&app, work).await)
}
