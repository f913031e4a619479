//! `POST P/datasources/{name}/prove`

use axum::extract::{Path, State};
use axum::response::Response;
use domain::proof::{Proof, ProofMode};
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Progress, Shown, Signed, name};

/// How to prove.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProveDatasource {
    /// Another mode than its own, this time.
    mode: Option<ProofMode>,
}

/// Tests a datasource for real; 200 with the proof, passed or not.
///
/// With `Accept: text/event-stream` each check is a `check` event, and the report a last `proof` event.
#[utoipa::path(
    post, path = "/projects/{project}/datasources/{name}/prove", tag = "datasources",
    operation_id = "prove_datasource",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name")
    ),
    request_body = ProveDatasource,
    responses((status = 200, body = Proof), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.prove")))
)]
pub(crate) async fn prove(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path((project, datasource)): Path<(String, String)>,
    Body(ask): Body<ProveDatasource>,
) -> Result<Response, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let proof = broker.prove_datasource(&caller, &project, &datasource, ask.mode, observer.as_ref()).await?;
        Shown::proof(&proof)
    };
    Ok(progress.run(&app, work).await)
}
