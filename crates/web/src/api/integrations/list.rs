//! `GET P/integrations`

use axum::Json;
use axum::extract::{Path, State};
use broker::{IntegrationQuery, IntegrationView};
use domain::integration::IntegrationState;
use domain::page::Page;
use serde::Deserialize;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// Which integrations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    state: Option<IntegrationState>,
    method: Option<String>,
    contains: Option<String>,
}

/// Lists the integrations of the project by name.
#[utoipa::path(
    get, path = "/projects/{project}/integrations", tag = "integrations", operation_id = "list_integrations",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("state" = Option<IntegrationState>, Query, description = "Only those in this state"),
        ("method" = Option<String>, Query, description = "Only those of this method"),
        ("contains" = Option<String>, Query, description = "Only those whose name holds this"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<IntegrationView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter: Which { state, method, contains } }: Listing<Which>,
) -> Result<Json<Page<IntegrationView>>, Failure> {
    let query = IntegrationQuery { state, method, contains };
    Ok(Json(app.broker().list_integrations(&caller, &name("project", &project)?, query, page).await?))
}
