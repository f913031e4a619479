//! `/admin/users/-/new`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::NewUser;

use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "users/create.html")]
struct CreatePage {
    frame: Frame,
    form: Filled,
}

/// A generated password, shown once as the answer to the form that made it.
#[derive(Template)]
#[template(path = "users/password.html")]
pub(super) struct PasswordPage<'a> {
    pub(super) frame: Frame,
    pub(super) name: &'a str,
    pub(super) password: &'a str,
}

/// Shows the form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    viewer.must(Action::UserCreate)?;
    answer::page(&CreatePage { frame: viewer.frame(Section::Users, "New user"), form: Filled::default() })
}

/// Makes a user with a generated password.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let made = match form.parsed("name") {
        Ok(name) => {
            let new = NewUser { name, password: None, administrator: form.ticked("administrator") };
            app.broker().create_user(&viewer.caller, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => {
            let password = made.password.as_ref().and_then(|password| password.expose_str()).unwrap_or_default();
            let frame = viewer.frame(Section::Users, "User made");
            answer::page(&PasswordPage { frame, name: &made.user.name, password })
        }
        Err(error) => {
            let form = Filled::from_form(&form).failed(error)?;
            answer::refused(&CreatePage { frame: viewer.frame(Section::Users, "New user"), form })
        }
    }
}
