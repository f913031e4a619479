//! The page that stands before everything that destroys: it names the object and what breaks, and works
//! without a script.

use askama::Template;
use axum::response::Response;

use super::answer;
use super::form::{Filled, Form};
use super::frame::Frame;
use crate::face::Failure;

/// What is about to be done.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    pub(crate) frame: Frame,
    /// What happens, as a sentence.
    pub(crate) what: String,
    /// What breaks, a sentence each.
    pub(crate) consequences: Vec<String>,
    /// What must be typed; none where it can be undone.
    pub(crate) typed: Option<String>,
    /// The word on the button.
    pub(crate) button: &'static str,
    /// Where the form goes.
    pub(crate) action: String,
    /// Where no leads.
    pub(crate) back: String,
    /// What goes with the form.
    pub(crate) hidden: Vec<(&'static str, String)>,
    pub(crate) form: Filled,
}

impl Confirm {
    /// Shows the question.
    pub(crate) fn ask(&self) -> Result<Response, Failure> {
        answer::page(self)
    }

    /// Shows it again with what was wrong.
    pub(crate) fn again(mut self, form: &Form, error: domain::Error) -> Result<Response, Failure> {
        self.form = Filled::from_form(form).failed(error)?;
        answer::refused(&self)
    }
}

/// Whether the name was typed as it stands.
///
/// # Errors
/// `invalid` at `/typed`.
pub(crate) fn was_typed(form: &Form, name: &str) -> Result<(), domain::Error> {
    if form.text("typed") == name {
        return Ok(());
    }
    Err(domain::Error::invalid("/typed", format!("type '{name}' as it stands to confirm")))
}
