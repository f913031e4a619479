//! `GET /admin/users`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::UserView;
use domain::page::Page;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "users/list.html")]
struct UsersPage {
    frame: Frame,
    query: Query,
    users: Page<UserView>,
}

/// Everybody who may sign in.
pub(super) async fn show(State(app): State<App>, viewer: Viewer, query: Query) -> Result<Response, Failure> {
    let users = app.broker().list_users(&viewer.caller, query.page()?).await?;
    answer::page(&UsersPage { frame: viewer.frame(Section::Users, "Users"), query, users })
}
