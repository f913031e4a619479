//! `GET /`

use axum::extract::State;
use axum::response::Response;
use domain::page::PageAsk;

use crate::App;
use crate::console::answer;
use crate::console::viewer::Viewer;
use crate::face::Failure;

/// Whoever has one project is led there; everybody else chooses.
pub(super) async fn show(State(app): State<App>, viewer: Viewer) -> Result<Response, Failure> {
    let some = app.broker().list_projects(&viewer.caller, PageAsk { after: None, limit: 2 }).await?;
    match some.items.as_slice() {
        [only] => answer::to(format!("/projects/{}", only.name)),
        _ => answer::to("/projects"),
    }
}
