//! `POST /sign-out`

use axum::extract::State;
use axum::response::Response;

use crate::App;
use crate::console::viewer::Viewer;
use crate::console::{answer, session};
use crate::face::Failure;

/// Ends the session.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer) -> Result<Response, Failure> {
    app.broker().sign_out(&viewer.caller).await?;
    let mut response = answer::said(&app, "/sign-in", "You are signed out.")?;
    session::end(&app, response.headers_mut());
    Ok(response)
}
