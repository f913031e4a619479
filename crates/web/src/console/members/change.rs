//! `POST /projects/{project}/members/{who}/role`

use axum::extract::{Path, State};
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::form::Form;
use crate::console::viewer::Here;
use crate::face::Failure;

/// Gives a member another role.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, who)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let member = app.broker().change_member(here.caller(), here.name(), &who, form.parsed("role")?).await?;
    answer::said(&app, here.path("/members"), &format!("{} is now {} here.", member.principal, member.role))
}
