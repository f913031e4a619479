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

/// Asks first.
pub(super) async fn ask(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = face::parsed("token", &id)?;
    let token = app.broker().show_token(here.caller(), here.name(), id).await?;
    let confirm = Confirm {
        frame: here.frame(Section::Tokens, format!("Revoke token “{}”", token.name)),
        what: format!(
            "The token {} of {} stops working at once. This cannot be undone; a new token can be made.",
            token.name, token.principal
        ),
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
