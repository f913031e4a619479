//! Deleting what other things may use: asked for by typing its name, or told what stands in the way.
//!
//! Whether it is in use is decided by the use case; what is shown is what a person can do about it.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::name::Name;
use domain::{Error, ErrorKind};

use super::answer;
use super::confirm::{Confirm, was_typed};
use super::csp::Csp;
use super::form::{Filled, Form};
use super::frame::Section;
use super::viewer::Here;
use crate::App;
use crate::face::{self, Failure};

/// Something with a name that can be deleted while nothing uses it, as it was read with its uses.
pub(crate) trait Deletable: Sized + Send + Sync {
    /// The word for it; with an `s` it is the address of its list.
    const NOUN: &'static str;
    /// The word on the button.
    const BUTTON: &'static str;
    /// Where in the console it is.
    const SECTION: Section;
    /// What one must be allowed to.
    const ACTION: Action;

    /// Reads it.
    fn read(app: &App, here: &Here, name: &Name) -> impl Future<Output = Result<Self, Error>> + Send;
    /// Deletes it as it was at this revision.
    fn delete(app: &App, here: &Here, name: &Name, revision: i64) -> impl Future<Output = Result<(), Error>> + Send;
    /// The revision that was read.
    fn revision(&self) -> i64;
    /// Whether something stands in the way.
    fn is_used(&self) -> bool;
    /// The page that says what, with links to it.
    fn in_use(self, here: &Here) -> impl Template;
    /// What happens, and then what stays, a sentence each.
    fn warning(&self) -> (String, Vec<String>);
    /// Said when it is done.
    fn done(name: &Name) -> String;
}

/// Asks, or says what stands in the way.
pub(crate) async fn show<T: Deletable>(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    here.must(T::ACTION)?;
    let name = face::name(T::NOUN, &name)?;
    let read = T::read(&app, &here, &name).await?;
    if read.is_used() {
        return answer::page(&read.in_use(&here));
    }
    confirm(&here, &name, &read).ask()
}

/// Deletes it.
pub(crate) async fn submit<T: Deletable>(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name(T::NOUN, &name)?;
    let error = match delete::<T>(&app, &here, &name, &form).await {
        Ok(()) => return answer::said(&app, here.path(&format!("/{}s", T::NOUN)), &T::done(&name)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            return Err(Failure(error));
        }
        Err(error) => error,
    };
    here.must(T::ACTION)?;
    let read = T::read(&app, &here, &name).await?;
    if error.kind() == ErrorKind::Conflict && read.is_used() {
        return answer::page_with(StatusCode::CONFLICT, &read.in_use(&here), &Csp::default());
    }
    confirm(&here, &name, &read).again(&form, error)
}

async fn delete<T: Deletable>(app: &App, here: &Here, name: &Name, form: &Form) -> Result<(), Error> {
    was_typed(form, name.as_str())?;
    let revision = form.parsed("revision")?;
    T::delete(app, here, name, revision).await
}

fn confirm<T: Deletable>(here: &Here, name: &Name, read: &T) -> Confirm {
    let path = here.path(&format!("/{}s/{name}", T::NOUN));
    let (what, consequences) = read.warning();
    Confirm {
        frame: here.frame(T::SECTION, format!("Delete {} “{name}”", T::NOUN)),
        what,
        consequences,
        typed: Some(name.to_string()),
        button: T::BUTTON,
        action: format!("{path}/delete"),
        back: path,
        hidden: vec![("revision", read.revision().to_string())],
        form: Filled::default(),
    }
}
