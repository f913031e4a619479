//! `GET /projects/{project}/service-accounts`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::ServiceAccountView;
use domain::page::Page;

use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "service_accounts/list.html")]
pub(super) struct AccountsPage {
    frame: Frame,
    query: Query,
    form: Filled,
    accounts: Page<ServiceAccountView>,
    may_change: bool,
}

impl AccountsPage {
    pub(super) async fn of(app: &App, here: &Here, query: Query, form: Filled) -> Result<Self, Failure> {
        let accounts = app.broker().list_service_accounts(here.caller(), here.name(), query.page()?).await?;
        let frame = here.frame(Section::ServiceAccounts, "Service accounts");
        Ok(Self { frame, query, form, accounts, may_change: here.may(Action::ServiceAccountChange) })
    }
}

/// The programs that act here.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let form = Filled::from_query(&query);
    answer::page(&AccountsPage::of(&app, &here, query, form).await?)
}
