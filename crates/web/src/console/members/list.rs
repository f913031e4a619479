//! `GET /projects/{project}/members`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::MemberView;
use domain::page::Page;
use domain::principal::{PrincipalKind, Role};

use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "members/list.html")]
pub(super) struct MembersPage {
    frame: Frame,
    query: Query,
    form: Filled,
    members: Page<MemberView>,
    may_change: bool,
}

impl MembersPage {
    pub(super) async fn of(app: &App, here: &Here, query: Query, form: Filled) -> Result<Self, Failure> {
        let members = app.broker().list_members(here.caller(), here.name(), query.page()?).await?;
        let frame = here.frame(Section::Members, "Members");
        Ok(Self { frame, query, form, members, may_change: here.may(Action::MemberChange) })
    }
}

/// Who may do what here.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let form = Filled::from_query(&query).or("role", "viewer");
    answer::page(&MembersPage::of(&app, &here, query, form).await?)
}
