//! `DELETE /users/{name}`

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::UserChange;

use crate::App;
use crate::face::{Failure, Problem, Signed, parsed};

/// Keeps a user out for good: all his sessions and tokens end. What names him in the audit stays readable,
/// so he is still shown, as disabled, and his name is not given to another.
#[utoipa::path(
    delete, path = "/users/{name}", tag = "users", operation_id = "remove_user",
    params(("name" = String, Path, description = "The user's name")),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("user.change")))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    let change = UserChange { disabled: Some(true), properties: BTreeMap::new() };
    app.broker().change_user(&caller, &parsed("user", &name)?, change).await?;
    Ok(StatusCode::NO_CONTENT)
}
