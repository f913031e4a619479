//! `/projects/-/new`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "projects/create.html")]
struct CreatePage {
    frame: Frame,
    form: Filled,
}

/// Shows the form.
pub(super) async fn show(viewer: Viewer, query: Query) -> Result<Response, Failure> {
    viewer.must(Action::ProjectCreate)?;
    answer::page(&CreatePage {
        frame: viewer.frame(Section::Projects, "New project"),
        form: Filled::from_query(&query),
    })
}

/// Makes the project and goes there.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let made = match form.parsed("name") {
        Ok(name) => app.broker().create_project(&viewer.caller, name).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(project) => answer::said(&app, format!("/projects/{}", project.name), "The project is made; you own it."),
        Err(error) => answer::refused(&CreatePage {
            frame: viewer.frame(Section::Projects, "New project"),
            form: Filled::from_form(&form).failed(error)?,
        }),
    }
}
