//! `GET P/tokens`

use axum::Json;
use axum::extract::{Path, State};
use broker::TokenView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed, name};

/// One's own tokens of a project; all of them for whoever may revoke them.
#[utoipa::path(
    get, path = "/projects/{project}/tokens", tag = "tokens", operation_id = "list_tokens",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<TokenView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("token.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<TokenView>>, Failure> {
    Ok(Json(app.broker().list_tokens(&caller, &name("project", &project)?, page).await?))
}
