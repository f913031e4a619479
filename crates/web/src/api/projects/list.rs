//! `GET /projects`

use axum::Json;
use axum::extract::State;
use broker::ProjectView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed};

/// The projects that one is a member of, by name.
#[utoipa::path(
    get, path = "/projects", tag = "projects", operation_id = "list_projects",
    params(
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<ProjectView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("project.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<ProjectView>>, Failure> {
    Ok(Json(app.broker().list_projects(&caller, page).await?))
}
