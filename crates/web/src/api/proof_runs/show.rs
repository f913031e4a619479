//! `GET P/proof-runs/{id}`

use axum::Json;
use axum::extract::{Path, State};
use broker::ProofRunView;

use crate::App;
use crate::face::{Failure, Problem, Signed, name, parsed};

/// A run of a proof, with the checks that have ended so far; kept for a week after it was over.
#[utoipa::path(
    get, path = "/projects/{project}/proof-runs/{id}", tag = "proofs", operation_id = "show_proof_run",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("id" = String, Path, description = "The run's id")
    ),
    responses((status = 200, body = ProofRunView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("proof.list")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<ProofRunView>, Failure> {
    let (project, id) = (name("project", &project)?, parsed("run of a proof", &id)?);
    Ok(Json(app.broker().show_proof_run(&caller, &project, id).await?))
}
