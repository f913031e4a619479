//! `POST /projects/{project}/service-accounts`

use axum::extract::State;
use axum::response::Response;

use super::list::AccountsPage;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

/// Makes a service account, and says what it still needs.
pub(super) async fn submit(State(app): State<App>, here: Here, form: Form) -> Result<Response, Failure> {
    let made = match form.parsed("name") {
        Ok(name) => app.broker().create_service_account(here.caller(), here.name(), name).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(account) => {
            let next = here.path(&format!("/members?principal={}&role=developer", account.name));
            answer::said(
                &app,
                next,
                &format!("{} is made. It can do nothing until it has a role: give it one.", account.name),
            )
        }
        Err(error) => {
            let form = Filled::from_form(&form).failed(error)?;
            answer::refused(&AccountsPage::of(&app, &here, Query::default(), form).await?)
        }
    }
}
