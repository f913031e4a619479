//! `GET /sign-in`

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::{Error, ErrorKind};

use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::form::{Filled, Trouble};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::bare;
use crate::face::{Failure, status};

/// What was typed is kept up to here. Servers and proxies refuse longer addresses, through which it goes back
/// into its form; then the form is empty, which is better than an error.
pub(super) const LONGEST_KEPT: usize = 6_000;

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage {
    pub(super) frame: Frame,
    pub(super) form: Filled,
    /// Where to go afterwards.
    pub(super) next: String,
    /// What was typed into the form there, without secrets.
    pub(super) kept: String,
    /// A generated password must be changed at once.
    pub(super) change: bool,
}

/// Where one signs in to come back.
pub(crate) fn address(next: &str) -> String {
    match answer::inside(next) {
        "/" => "/sign-in".to_owned(),
        next => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            format!("/sign-in?{query}")
        }
    }
}

/// Shows the form.
pub(super) async fn show(State(app): State<App>, headers: HeaderMap, query: Query) -> Result<Response, Failure> {
    let next = answer::inside(query.text("next")).to_owned();
    answer::page(&SignInPage::new(&app, &headers, next, String::new()))
}

/// Asks to sign in again where a form was sent without a session; nothing typed is lost but secrets.
pub(crate) fn again(
    app: &App,
    headers: &HeaderMap,
    error: &Error,
    next: &str,
    kept: &str,
) -> Result<Response, Failure> {
    let mut page = SignInPage::new(app, headers, answer::inside(next).to_owned(), kept.to_owned());
    page.form.problem = Some(Trouble::of(error));
    answer::page_with(status(error.kind()), &page, &Csp::default())
}

impl SignInPage {
    pub(super) fn new(app: &App, headers: &HeaderMap, next: String, kept: String) -> Self {
        let frame = Frame { title: "Sign in".to_owned(), section: Section::None, ..bare(app, headers) };
        let kept = if kept.len() > LONGEST_KEPT { String::new() } else { kept };
        Self { frame, form: Filled::default(), next, kept, change: false }
    }

    /// The form with what was wrong.
    pub(super) fn refused(mut self, filled: Filled, error: &Error) -> Result<Response, Failure> {
        self.change = error.kind() == ErrorKind::PasswordChangeRequired;
        let pointed = error.fields().iter().any(|field| field.pointer.contains("password"));
        self.change |= pointed;
        self.form = filled;
        // That a given password has to be replaced is no fault of whoever typed it; the page says it in its own words.
        let expected = error.kind() == ErrorKind::PasswordChangeRequired;
        self.form.problem = (!expected).then(|| Trouble::of(error));
        let code = if self.change { StatusCode::FORBIDDEN } else { status(error.kind()) };
        answer::page_with(code, &self, &Csp::default())
    }
}
