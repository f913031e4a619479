//! `GET /docs` and `GET /docs/{path}`

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Error;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::{Viewer, bare};
use crate::docs::{Entry, Page};
use crate::face::Failure;

#[derive(Template)]
#[template(path = "manual/page.html")]
struct ManualPage<'a> {
    frame: Frame,
    tree: &'a [Entry],
    /// Where the reader is.
    at: &'a str,
    query: &'a str,
    page: &'a Page,
}

/// The frame of the manual: that of whoever is signed in, or nobody's.
pub(super) fn frame(app: &App, headers: &HeaderMap, viewer: Result<Viewer, Failure>, title: &str) -> Frame {
    match viewer {
        Ok(viewer) => viewer.frame(Section::Manual, title),
        Err(_) => Frame { section: Section::Manual, title: title.to_owned(), ..bare(app, headers) },
    }
}

/// The page to begin with.
pub(super) async fn first(
    State(app): State<App>,
    headers: HeaderMap,
    viewer: Result<Viewer, Failure>,
) -> Result<Response, Failure> {
    let page = app.manual().first().ok_or_else(|| Error::not_found("page", "docs"))?;
    render(&app, &headers, viewer, page)
}

/// Any other page.
pub(super) async fn show(
    State(app): State<App>,
    Path(path): Path<String>,
    headers: HeaderMap,
    viewer: Result<Viewer, Failure>,
) -> Result<Response, Failure> {
    let page = app.manual().page(path.trim_end_matches('/')).ok_or_else(|| Error::not_found("page", &path))?;
    render(&app, &headers, viewer, page)
}

fn render(app: &App, headers: &HeaderMap, viewer: Result<Viewer, Failure>, page: &Page) -> Result<Response, Failure> {
    let frame = frame(app, headers, viewer, &page.title);
    answer::page(&ManualPage { frame, tree: app.manual().tree(), at: &page.path, query: "", page })
}
