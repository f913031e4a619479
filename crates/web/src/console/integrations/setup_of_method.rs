//! `GET /projects/{project}/integrations/-/new/{method}/setup`: the cloud side before anything is made.

use axum::extract::{Path, State};
use axum::response::Response;

use super::setup::{SetupPage, Shown, format, found};
use super::{method, needs};
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::Section;
use crate::console::query::Query;
use crate::console::then::Then;
use crate::console::viewer::Here;
use crate::face::Failure;

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    query: Query,
    then: Then,
) -> Result<Response, Failure> {
    let method = method(&app, &here, &id).await?;
    let shown = match needs::read(&query) {
        Ok(asked) => {
            let setup = app.broker().setup_of_method(here.caller(), here.name(), method.id, asked.clone()).await;
            setup.map(|setup| Shown::of(setup, &asked))
        }
        Err(error) => Err(error),
    };
    let found = found(shown, &query)?;
    answer::page(&SetupPage {
        frame: here.frame(Section::Integrations, format!("Cloud side of {}", method.title)),
        base: here.path("/integrations"),
        format: format(&query),
        query,
        method,
        integration: None,
        finish: Vec::new(),
        form: Filled::default(),
        options: found.options,
        shown: found.shown,
        needs_place: found.needs_place,
        then,
    })
}
