//! `/account/sessions`

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::SessionView;

use crate::App;
use crate::console::form::Form;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::console::{answer, session};
use crate::face::Failure;

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionView>,
}

/// Where one is signed in.
pub(super) async fn show(State(app): State<App>, viewer: Viewer) -> Result<Response, Failure> {
    let sessions = app.broker().list_own_sessions(&viewer.caller).await?;
    answer::page(&SessionsPage { frame: viewer.frame(Section::Account, "Sessions"), sessions })
}

/// Ends one session.
pub(super) async fn end(State(app): State<App>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Failure> {
    app.broker().end_own_session(&viewer.caller, &id).await?;
    answer::said(&app, "/account/sessions", "The session is ended.")
}

/// Signs out everywhere, or everywhere else.
pub(super) async fn end_all(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let keep = form.ticked("keep_current");
    let ended = app.broker().end_all_own_sessions(&viewer.caller, keep).await?;
    let sentence = match ended {
        1 => "One session is ended.".to_owned(),
        count => format!("{count} sessions are ended."),
    };
    if keep {
        return answer::said(&app, "/account/sessions", &sentence);
    }
    let mut response = answer::said(&app, "/sign-in", "You are signed out everywhere.")?;
    session::end(&app, response.headers_mut());
    Ok(response)
}
