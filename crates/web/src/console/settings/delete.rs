//! `/projects/{project}/settings/delete`

use authz::Action;
use axum::extract::State;
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::confirm::{Confirm, was_typed};
use crate::console::form::{Filled, Form};
use crate::console::frame::Section;
use crate::console::viewer::Here;
use crate::face::Failure;

fn question(here: &Here) -> Confirm {
    Confirm {
        frame: here.frame(Section::Settings, format!("Delete project “{}”", here.name())),
        what: "The project, its members, service accounts, tokens and history are deleted. This cannot be undone.".to_owned(),
        consequences: vec![
            "The keys of its secrets are destroyed: nothing that was sealed can be opened again, wherever a copy of it is.".to_owned(),
            "Its audit is kept.".to_owned(),
            "Roles in your cloud that trust its external id can never be used again through Tidegate: remove them there.".to_owned(),
        ],
        typed: Some(here.name().to_string()),
        button: "Delete project",
        action: here.path("/settings/delete"),
        back: here.path("/settings"),
        hidden: Vec::new(),
        form: Filled::default(),
    }
}

/// Asks first.
pub(super) async fn ask(here: Here) -> Result<Response, Failure> {
    here.must(Action::ProjectDelete)?;
    question(&here).ask()
}

/// Deletes the project, if nothing depends on it any more.
pub(super) async fn submit(State(app): State<App>, here: Here, form: Form) -> Result<Response, Failure> {
    let deleted = match was_typed(&form, here.name().as_str()) {
        Ok(()) => app.broker().delete_project(here.caller(), here.name()).await,
        Err(error) => Err(error),
    };
    match deleted {
        Ok(()) => answer::said(&app, "/projects", &format!("The project {} is deleted.", here.name())),
        Err(error) => question(&here).again(&form, error),
    }
}
