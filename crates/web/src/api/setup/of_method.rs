//! `GET P/setup?method=`

use axum::Json;
use axum::extract::{Path, State};
use domain::Error;
use domain::provider::Setup;

use super::query;
use crate::App;
use crate::face::{Asked, Failure, Problem, Signed, name};

/// Shows what to apply on the cloud's side before any integration exists.
#[utoipa::path(
    get, path = "/projects/{project}/setup", tag = "integrations", operation_id = "setup_of_method",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("method" = String, Query, description = "The method"),
        ("bucket" = Option<Vec<String>>, Query, description = "Buckets to cover"),
        ("prefix" = Option<Vec<String>>, Query, description = "The prefix in the bucket named before it"),
        ("purpose" = Option<Vec<String>>, Query, description = "input, output or input-output; of the bucket named before it"),
        ("kms_key_arn" = Option<String>, Query, description = "The customer's key"),
        ("cors_origin" = Option<String>, Query, description = "The origin of the web page that loads objects"),
        ("server_network" = Option<Vec<String>>, Query, description = "Networks of Tidegate itself"),
        ("worker_network" = Option<Vec<String>>, Query, description = "Networks of the workers"),
        ("viewer_network" = Option<Vec<String>>, Query, description = "Networks of those who look at the data"),
        ("vpc" = Option<Vec<String>>, Query, description = "VPCs from which the data may be read"),
        ("gsutil" = Option<bool>, Query, description = "Whether gsutil must work with the same rights, which takes a wider read; of Google Cloud alone"),
        ("settings.preset" = Option<String>, Query, description = "Settings so far known, each as `settings.<name>`")
    ),
    responses((status = 200, body = Setup), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("setup.show")))
)]
pub(crate) async fn of_method(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<Setup>, Failure> {
    let project = name("project", &project)?;
    let asked = query::read(pairs)?;
    let method = asked.method.ok_or_else(|| Error::invalid("/method", "name the method"))?;
    if !asked.setup.datasources.is_empty() {
        let message = "a method has no datasources yet: name buckets, or ask for the setup of an integration";
        return Err(Failure(Error::invalid("/datasource", message)));
    }
    Ok(Json(app.broker().setup_of_method(&caller, &project, &method, asked.setup).await?))
}
