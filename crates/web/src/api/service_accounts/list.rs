//! `GET P/service-accounts`

use axum::Json;
use axum::extract::{Path, State};
use broker::ServiceAccountView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed, name};

/// The service accounts of a project, by name.
#[utoipa::path(
    get, path = "/projects/{project}/service-accounts", tag = "service-accounts",
    operation_id = "list_service_accounts",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<ServiceAccountView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("service-account.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<ServiceAccountView>>, Failure> {
    Ok(Json(app.broker().list_service_accounts(&caller, &name("project", &project)?, page).await?))
}
