//! `GET /projects/{project}/settings`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{ProjectKeyStatus, ProjectView};

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "settings/show.html")]
struct SettingsPage {
    frame: Frame,
    project: ProjectView,
    /// None for those who may not rotate it.
    key: Option<ProjectKeyStatus>,
    may_delete: bool,
}

/// The external id and identities, as the cloud side needs them.
pub(super) async fn show(State(app): State<App>, here: Here) -> Result<Response, Failure> {
    let key = match here.may(Action::KeyRotate) {
        true => Some(app.broker().project_key_status(here.caller(), here.name()).await?),
        false => None,
    };
    answer::page(&SettingsPage {
        frame: here.frame(Section::Settings, "Settings"),
        project: here.project().clone(),
        key,
        may_delete: here.may(Action::ProjectDelete),
    })
}
