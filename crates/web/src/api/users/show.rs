//! `GET /users/{name}`

use axum::Json;
use axum::extract::{Path, State};
use broker::UserView;

use crate::App;
use crate::face::{Failure, Problem, Signed, parsed};

/// One user.
#[utoipa::path(
    get, path = "/users/{name}", tag = "users", operation_id = "show_user",
    params(("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = UserView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.show")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
) -> Result<Json<UserView>, Failure> {
    Ok(Json(app.broker().show_user(&caller, &parsed("user", &name)?).await?))
}
