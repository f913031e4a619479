//! `/projects/{project}/members/{who}/remove`

use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::App;
use crate::console::answer;
use crate::console::confirm::Confirm;
use crate::console::form::{Filled, Form};
use crate::console::frame::Section;
use crate::console::viewer::Here;
use crate::face::Failure;

fn question(here: &Here, name: &str, path: String) -> Confirm {
    Confirm {
        frame: here.frame(Section::Members, format!("Remove member “{name}”")),
        what: format!("{name} loses every right in the project {} at once.", here.name()),
        consequences: vec![
            "Tokens of this project that speak for them stop working.".to_owned(),
            "What was handed out to them is not taken back by this: revoke their grants under Grants.".to_owned(),
            "You can add them again at any time.".to_owned(),
        ],
        typed: None,
        button: "Remove member",
        action: path,
        back: here.path("/members"),
        hidden: Vec::new(),
        form: Filled::default(),
    }
}

fn path(here: &Here, who: &str) -> String {
    let who = percent_encoding::utf8_percent_encode(who, percent_encoding::NON_ALPHANUMERIC);
    here.path(&format!("/members/{who}/remove"))
}

/// Asks first.
pub(super) async fn ask(
    State(app): State<App>,
    here: Here,
    Path((_, who)): Path<(String, String)>,
) -> Result<Response, Failure> {
    here.must(Action::MemberChange)?;
    let member = app.broker().show_member(here.caller(), here.name(), &who).await?;
    question(&here, &member.principal, path(&here, &who)).ask()
}

/// Takes a member's role away.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, who)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    match app.broker().remove_member(here.caller(), here.name(), &who).await {
        Ok(()) => answer::said(&app, here.path("/members"), "The member is removed."),
        Err(error) => question(&here, &who, path(&here, &who)).again(&form, error),
    }
}
