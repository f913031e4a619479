//! `DELETE /sessions/current`

use axum::extract::State;
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, Problem, Signed};

/// Ends the session, or revokes the token, that this call is made with.
#[utoipa::path(
    delete, path = "/sessions/current", tag = "sessions", operation_id = "sign_out",
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("session.end")))
)]
pub(crate) async fn end(State(app): State<App>, Signed(caller): Signed) -> Result<StatusCode, Failure> {
    app.broker().sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
