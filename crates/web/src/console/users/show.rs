//! `GET /admin/users/{name}`

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::UserView;
use domain::name::UserName;

use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "users/show.html")]
pub(super) struct UserPage {
    frame: Frame,
    form: Filled,
    user: UserView,
}

impl UserPage {
    pub(super) async fn of(app: &App, viewer: &Viewer, name: &UserName, form: Filled) -> Result<Self, Failure> {
        let user = app.broker().show_user(&viewer.caller, name).await?;
        Ok(Self { frame: viewer.frame(Section::Users, name.to_string()), form, user })
    }
}

/// One user.
pub(super) async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let name = face::parsed("user", &name)?;
    answer::page(&UserPage::of(&app, &viewer, &name, Filled::default()).await?)
}
