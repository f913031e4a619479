//! `GET P/integrations`

use axum::Json;
use axum::extract::{Path, State};
use broker::IntegrationView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// No filters.
#[derive(serde::Deserialize)]
pub(crate) struct NoFilter {}

/// Lists the integrations of the project by name.
#[utoipa::path(
    get, path = "/projects/{project}/integrations", tag = "integrations", operation_id = "list_integrations",
    params(
        ("project" = String, Path, description = "The project's name"),
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
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<IntegrationView>>, Failure> {
    Ok(Json(app.broker().list_integrations(&caller, &name("project", &project)?, page).await?))
}
