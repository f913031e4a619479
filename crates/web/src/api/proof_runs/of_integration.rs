//! `POST P/integrations/{name}/proof-runs`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::ProofRunView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Has an integration tested for real without waiting for it; the run that is not over is joined.
#[utoipa::path(
    post, path = "/projects/{project}/integrations/{name}/proof-runs", tag = "proofs",
    operation_id = "start_integration_proof",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    responses((status = 202, body = ProofRunView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.prove")))
)]
pub(crate) async fn of_integration(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
) -> Result<(StatusCode, Json<ProofRunView>), Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let run = app.broker().start_integration_proof(&caller, &project, &integration).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
