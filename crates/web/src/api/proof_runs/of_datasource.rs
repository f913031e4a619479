//! `POST P/datasources/{name}/proof-runs`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::ProofRunView;
use domain::proof::ProofMode;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// How to prove.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartDatasourceProof {
    /// Another mode than its own, this time.
    mode: Option<ProofMode>,
}

/// Has a datasource tested for real without waiting for it; the run that is not over is joined.
///
/// A run that goes on already keeps its mode.
#[utoipa::path(
    post, path = "/projects/{project}/datasources/{name}/proof-runs", tag = "proofs",
    operation_id = "start_datasource_proof",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name")
    ),
    request_body = StartDatasourceProof,
    responses((status = 202, body = ProofRunView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.prove")))
)]
pub(crate) async fn of_datasource(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    Body(ask): Body<StartDatasourceProof>,
) -> Result<(StatusCode, Json<ProofRunView>), Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let run = app.broker().start_datasource_proof(&caller, &project, &datasource, ask.mode).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
