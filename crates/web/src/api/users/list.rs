//! `GET /users`

use axum::Json;
use axum::extract::State;
use broker::UserView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed};

/// The users, by name.
#[utoipa::path(
    get, path = "/users", tag = "users", operation_id = "list_users",
    params(
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<UserView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<UserView>>, Failure> {
    Ok(Json(app.broker().list_users(&caller, page).await?))
}
