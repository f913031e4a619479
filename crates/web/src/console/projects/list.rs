//! `GET /projects`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::ProjectView;
use domain::page::Page;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    projects: Page<ProjectView>,
}

/// The projects that one is a member of.
pub(super) async fn show(State(app): State<App>, viewer: Viewer, query: Query) -> Result<Response, Failure> {
    let projects = app.broker().list_projects(&viewer.caller, query.page()?).await?;
    answer::page(&ListPage { frame: viewer.frame(Section::Projects, "Projects"), query, projects })
}
