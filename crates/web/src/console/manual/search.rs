//! `GET /docs/search?q=`

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page::frame;
use crate::App;
use crate::console::answer;
use crate::console::frame::Frame;
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::docs::{Entry, Hit};
use crate::face::{Failure, From};

/// More than a reader looks through.
const MOST: usize = 30;

#[derive(Template)]
#[template(path = "manual/search.html")]
struct SearchPage<'a> {
    frame: Frame,
    tree: &'a [Entry],
    at: &'a str,
    query: &'a str,
    hits: Vec<Hit>,
}

/// What the manual says about some words.
pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    From(origin): From,
    viewer: Result<Viewer, Failure>,
    query: Query,
) -> Result<Response, Failure> {
    if viewer.is_err() {
        // Searching looks through the whole manual.
        app.limits().count_unauthenticated(origin.source_ip)?;
    }
    let words = query.text("q");
    let frame = frame(&app, &headers, viewer, "Search the manual");
    let hits = app.manual().search(words, MOST);
    answer::page(&SearchPage { frame, tree: app.manual().tree(), at: "", query: words, hits })
}
