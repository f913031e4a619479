//! Whether the process is alive, and whether it may serve.

use axum::extract::State;

use super::Failure;
use crate::App;

/// Alive: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Ready: the store answers, so that access can be recorded and handed out.
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Failure> {
    app.broker().ready().await?;
    Ok("ready\n")
}
