//! `POST /projects/{project}/members`

use axum::extract::State;
use axum::response::Response;
use domain::Error;

use super::list::MembersPage;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

/// Makes somebody a member.
pub(super) async fn submit(State(app): State<App>, here: Here, form: Form) -> Result<Response, Failure> {
    let added = match (form.filled("principal"), form.parsed("role")) {
        (None, _) => Err(Error::invalid("/principal", "name a user or a service account")),
        (_, Err(error)) => Err(error),
        (Some(who), Ok(role)) => app.broker().add_member(here.caller(), here.name(), who, role).await,
    };
    match added {
        Ok((member, _)) => {
            let sentence = format!("{} is now {} here.", member.principal, member.role);
            answer::said(&app, here.path("/members"), &sentence)
        }
        Err(error) => {
            // That somebody does not exist is wrong in the form, not with the page.
            let error = match error.kind() {
                domain::ErrorKind::NotFound => Error::invalid("/principal", error.message()),
                _ => error,
            };
            let form = Filled::from_form(&form).failed(error)?;
            answer::refused(&MembersPage::of(&app, &here, Query::default(), form).await?)
        }
    }
}
