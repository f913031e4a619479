//! `GET P/datasources/{name}/objects`

use axum::Json;
use axum::extract::{Path, State};
use broker::{ObjectPage, ObjectQuery};
use jiff::Timestamp;
use serde::Deserialize;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// Which objects are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objects {
    prefix: Option<String>,
    delimiter: Option<String>,
    glob: Option<String>,
    relevant: Option<String>,
    #[serde(default, deserialize_with = "crate::face::time")]
    modified_after: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::face::time")]
    modified_before: Option<Timestamp>,
}

/// Lists the objects of a datasource; flat without `delimiter`. A page may be empty and still have a
/// next one. The first page of a listing is recorded, not each that follows.
#[utoipa::path(
    get, path = "/projects/{project}/datasources/{name}/objects", tag = "datasources", operation_id = "list_objects",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("prefix" = Option<String>, Query, description = "Only keys that begin so; whole keys, the datasource's prefix included"),
        ("delimiter" = Option<String>, Query, description = "Roll up keys that share what comes before it"),
        ("glob" = Option<String>, Query, description = "A pattern over keys without the datasource's prefix: `*` and `?` stay within a folder, `**` goes through folders. What is rolled up is not matched"),
        ("relevant" = Option<String>, Query, description = "The whole key of a text file in the datasource, at most 10 MiB, that names the objects of interest: one a line, without the datasource's prefix"),
        ("modified_after" = Option<String>, Query, description = "Only objects written after this (RFC 3339)"),
        ("modified_before" = Option<String>, Query, description = "Only objects written before this (RFC 3339)"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = ObjectPage), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("object.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    Listing { page, filter }: Listing<Objects>,
) -> Result<Json<ObjectPage>, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let query = ObjectQuery {
        prefix: filter.prefix,
        delimiter: filter.delimiter,
        glob: filter.glob,
        relevant: filter.relevant,
        modified_after: filter.modified_after,
        modified_before: filter.modified_before,
        page,
    };
    Ok(Json(app.broker().list_objects(&caller, &project, &datasource, query).await?))
}
