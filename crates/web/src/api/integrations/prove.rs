//! `POST P/integrations/{name}/prove`

use axum::extract::{Path, State};
use axum::response::Response;
use domain::Error;
use domain::proof::{Proof, ProofMode};
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Progress, Shown, Signed, name};

/// How to prove.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProveIntegration {
    /// An integration knows only `full`.
    mode: Option<ProofMode>,
}

/// Tests an integration for real; 200 with the proof, passed or not.
///
/// With `Accept: text/event-stream` each check is a `check` event, and the report a last `proof` event.
#[utoipa::path(
    post, path = "/projects/{project}/integrations/{name}/prove", tag = "integrations",
    operation_id = "prove_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    request_body = ProveIntegration,
    responses((status = 200, body = Proof), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.prove")))
)]
pub(crate) async fn prove(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path((project, integration)): Path<(String, String)>,
    Body(ask): Body<ProveIntegration>,
) -> Result<Response, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    if ask.mode.is_some_and(|mode| mode != ProofMode::Full) {
        return Err(Failure(Error::invalid("/mode", "an integration has no other mode than 'full': it never writes")));
    }
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        Shown::proof(&broker.prove_integration(&caller, &project, &integration, observer.as_ref()).await?)
    };
    Ok(progress.run(&app, work).await)
}
