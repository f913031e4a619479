//! `POST /projects/{project}/settings/rotate-key`

use axum::extract::State;
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::viewer::Here;
use crate::face::Failure;

/// Makes a new key and re-wraps every secret under it.
pub(super) async fn submit(State(app): State<App>, here: Here) -> Result<Response, Failure> {
    let rotated = app.broker().rotate_key(here.caller(), here.name()).await?;
    let sentence = format!(
        "The project's key is now version {}. {} sealed secrets were re-wrapped, {} old keys destroyed.",
        rotated.key_version, rotated.rewrapped, rotated.destroyed
    );
    answer::said(&app, here.path("/settings"), &sentence)
}
