//! `/projects/{project}/tokens/{id}/revoke`

use axum::extract::{Path, State};
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::confirm::Confirm;
use crate::console::form::Filled;
use crate::console::frame::Section;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// Asks first. What the token is called is on the list; the id in the path names nothing to strangers.
pub(super) async fn ask(here: Here, Path((_, id)): Path<(String, String)>) -> Result<Response, Failure> {
    let id: domain::id::TokenId = face::parsed("token", &id)?;
    let confirm = Confirm {
        frame: here.frame(Section::Tokens, "Revoke token"),
        what: format!("The token {id} stops working at once. This cannot be undone; a new token can be made."),
        consequences: vec!["Programs that use it are refused from their next call on.".to_owned()],
        typed: None,
        button: "Revoke token",
        action: here.path(&format!("/tokens/{id}/revoke")),
        back: here.path("/tokens"),
        hidden: Vec::new(),
        form: Filled::default(),
    };
    confirm.ask()
}

/// Takes a token back.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    app.broker().revoke_token(here.caller(), here.name(), face::parsed("token", &id)?).await?;
    answer::said(&app, here.path("/tokens"), "The token is revoked.")
}
