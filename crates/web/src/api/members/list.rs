//! `GET P/members`

use axum::Json;
use axum::extract::{Path, State};
use broker::MemberView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed, name};

/// The members of a project.
#[utoipa::path(
    get, path = "/projects/{project}/members", tag = "members", operation_id = "list_members",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<MemberView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("member.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<MemberView>>, Failure> {
    Ok(Json(app.broker().list_members(&caller, &name("project", &project)?, page).await?))
}
