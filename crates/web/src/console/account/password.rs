//! `/account/password`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{Error, ErrorKind};

use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    frame: Frame,
    form: Filled,
}

/// Shows the form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    answer::page(&PasswordPage { frame: viewer.frame(Section::Account, "Password"), form: Filled::default() })
}

/// Changes one's own password; every other session of the user ends.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let typed = |name| form.secret(name).unwrap_or_default();
    let (old, new, again) = (typed("old_password"), typed("new_password"), typed("new_password_again"));
    let changed = match broker::same_bytes(new.expose(), again.expose()) {
        true => {
            let name = viewer.caller.principal.name.clone();
            app.broker().change_own_password(&viewer.caller, &name, old, new).await
        }
        false => Err(Error::invalid("/new_password_again", "the two new passwords differ")),
    };
    match changed.map_err(wrong_old) {
        Ok(()) => answer::said(&app, "/account/password", "Your password is changed. Your other sessions have ended."),
        Err(error) => answer::refused(&PasswordPage {
            frame: viewer.frame(Section::Account, "Password"),
            form: Filled::from_form(&form).failed(error)?,
        }),
    }
}

/// The session is good, it was let in; only what was typed as the current password is not.
fn wrong_old(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unauthenticated => Error::invalid("/old_password", "this is not your current password"),
        _ => error,
    }
}
