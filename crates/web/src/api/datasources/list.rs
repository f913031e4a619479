//! `GET P/datasources`

use axum::Json;
use axum::extract::{Path, State};
use broker::{DatasourceQuery, DatasourceView};
use domain::datasource::Purpose;
use domain::page::Page;
use serde::Deserialize;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// Which datasources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    integration: Option<String>,
    purpose: Option<Purpose>,
    #[serde(default, deserialize_with = "crate::face::flag")]
    usable: Option<bool>,
    contains: Option<String>,
}

/// Lists the datasources of the project by name.
#[utoipa::path(
    get, path = "/projects/{project}/datasources", tag = "datasources", operation_id = "list_datasources",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("integration" = Option<String>, Query, description = "Only those through this integration"),
        ("purpose" = Option<Purpose>, Query, description = "Only those for this"),
        ("usable" = Option<bool>, Query, description = "Only those that are usable, or that are not"),
        ("contains" = Option<String>, Query, description = "Only those whose name holds this"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<DatasourceView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter: Which { integration, purpose, usable, contains } }: Listing<Which>,
) -> Result<Json<Page<DatasourceView>>, Failure> {
    let query = DatasourceQuery { integration, purpose, usable, contains };
    Ok(Json(app.broker().list_datasources(&caller, &name("project", &project)?, query, page).await?))
}
