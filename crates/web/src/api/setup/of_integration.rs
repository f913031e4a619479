//! `GET P/integrations/{name}/setup`

use axum::Json;
use axum::extract::{Path, State};
use domain::Error;
use domain::provider::Setup;

use super::query;
use crate::App;
use crate::face::{Asked, Failure, Problem, Signed, name};

/// Shows what to apply on the cloud's side: one policy for all datasources of the integration, or for
/// those named.
#[utoipa::path(
    get, path = "/projects/{project}/integrations/{name}/setup", tag = "integrations",
    operation_id = "setup_of_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("datasource" = Option<Vec<String>>, Query, description = "Only these datasources"),
        ("bucket" = Option<Vec<String>>, Query, description = "Further buckets to cover"),
        ("prefix" = Option<Vec<String>>, Query, description = "The prefix in the bucket named before it"),
        ("purpose" = Option<Vec<String>>, Query, description = "input, output or input-output; of the bucket named before it"),
        ("kms_key_arn" = Option<String>, Query, description = "The customer's key"),
        ("cors_origin" = Option<String>, Query, description = "The origin of the web page that loads objects"),
        ("server_network" = Option<Vec<String>>, Query, description = "Networks of Tidegate itself"),
        ("worker_network" = Option<Vec<String>>, Query, description = "Networks of the workers"),
        ("viewer_network" = Option<Vec<String>>, Query, description = "Networks of those who look at the data"),
        ("vpc" = Option<Vec<String>>, Query, description = "VPCs from which the data may be read"),
        ("gsutil" = Option<bool>, Query, description = "Whether gsutil must work with the same rights, which takes a wider read; of Google Cloud alone")
    ),
    responses((status = 200, body = Setup), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("setup.show")))
)]
pub(crate) async fn of_integration(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<Setup>, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let asked = query::read(pairs)?;
    if asked.method.is_some() {
        return Err(Failure(Error::invalid("/method", "the integration has a method already")));
    }
    Ok(Json(app.broker().setup_of_integration(&caller, &project, &integration, asked.setup).await?))
}
