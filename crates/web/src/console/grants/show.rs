//! `GET /projects/{project}/grants/{id}`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::grant::GrantKind;
use jiff::{Timestamp, ToSpan as _};

use super::asked::address_of;
use super::line::Line;
use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "grants/show.html")]
struct ShowPage {
    frame: Frame,
    line: Line,
    /// Where the datasource and the integration are shown.
    datasource: String,
    integration: String,
    holder: String,
    revoke: String,
    issued: String,
    taken_back: Option<String>,
}

/// All of a grant; never what was handed out.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let grant = app.broker().show_grant(here.caller(), here.name(), &id).await?;
    let line = Line::new(&here, grant);
    let grant = &line.grant;
    let action = if grant.kind == GrantKind::Urls { Action::UrlSign } else { Action::CredentialIssue };
    answer::page(&ShowPage {
        frame: here.frame(Section::Grants, format!("{} of {}", line.kind(), grant.principal)),
        datasource: here.path(&format!("/datasources/{}", grant.datasource)),
        integration: here.path(&format!("/integrations/{}", grant.integration)),
        holder: address_of(&here.path("/grants"), [("state", "all"), ("principal", &grant.principal)]),
        revoke: address_of(&here.path("/grants/revoke"), [("id", grant.id.as_str())]),
        issued: records(&here, action, grant.created_at),
        taken_back: grant.revoked_at.map(|at| records(&here, Action::GrantRevoke, at)),
        line,
    })
}

/// The records of an act around a moment.
fn records(here: &Here, action: Action, at: Timestamp) -> String {
    let text = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let since = text(at.checked_sub(2.seconds()).unwrap_or(at));
    let until = text(at.checked_add(3.seconds()).unwrap_or(at));
    address_of(&here.path("/audit"), [("action", action.as_str()), ("since", &since), ("until", &until)])
}
