//! `GET P/integrations/{name}/browse`

use axum::Json;
use axum::extract::{Path, State};
use broker::{BrowseQuery, Browsed};
use domain::Error;
use domain::place::BucketName;
use serde::Deserialize;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// What is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Browse {
    bucket: Option<String>,
    #[serde(default)]
    prefix: String,
    delimiter: Option<String>,
}

/// Lists the buckets of an integration, or a level of one of them.
#[utoipa::path(
    get, path = "/projects/{project}/integrations/{name}/browse", tag = "integrations",
    operation_id = "browse_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("bucket" = Option<String>, Query, description = "The bucket; without it the buckets are listed"),
        ("prefix" = Option<String>, Query, description = "Only keys that begin so"),
        ("delimiter" = Option<String>, Query, description = "Roll up keys that share what comes before it"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Browsed), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.browse")))
)]
pub(crate) async fn browse(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
    Listing { page, filter }: Listing<Browse>,
) -> Result<Json<Browsed>, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let bucket = filter.bucket.map(BucketName::try_from).transpose();
    let bucket = bucket.map_err(|error| Error::invalid("/bucket", error.to_string()))?;
    let query = BrowseQuery { bucket, prefix: filter.prefix, delimiter: filter.delimiter, page };
    Ok(Json(app.broker().browse_integration(&caller, &project, &integration, query).await?))
}
