//! `POST /admin/users/{name}/disable` and `/enable`: each undoes the other.

use axum::extract::{Path, State};
use axum::response::Response;
use broker::UserChange;
use domain::name::UserName;

use super::path;
use crate::App;
use crate::console::answer;
use crate::console::viewer::Viewer;
use crate::face::{self, Failure};

/// Keeps a user out: sessions and tokens are refused at once.
pub(super) async fn disable(State(app): State<App>, viewer: Viewer, name: Path<String>) -> Result<Response, Failure> {
    switch(&app, &viewer, name, true, "is disabled: sessions and tokens are refused.").await
}

/// Lets a user in again.
pub(super) async fn enable(State(app): State<App>, viewer: Viewer, name: Path<String>) -> Result<Response, Failure> {
    switch(&app, &viewer, name, false, "may sign in again.").await
}

async fn switch(
    app: &App,
    viewer: &Viewer,
    Path(name): Path<String>,
    disabled: bool,
    sentence: &str,
) -> Result<Response, Failure> {
    let name: UserName = face::parsed("user", &name)?;
    let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
    app.broker().change_user(&viewer.caller, &name, change).await?;
    answer::said(app, path(name.as_str()), &format!("{name} {sentence}"))
}
