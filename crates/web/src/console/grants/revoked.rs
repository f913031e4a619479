//! `GET /projects/{project}/grants/revoked`: how a revocation went, and goes on.
//!
//! The address names the grants; everything that is said of them is read anew, so that the page can be
//! loaded again and sent to a colleague, and an address alone cannot make it say something untrue.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::grant::GrantState;

use super::asked::address_of;
use super::line::{Line, grouped};
use crate::App;
use crate::console::answer;
use crate::console::failure::is_part;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

/// So many grants are followed on the page; an address is not endless.
const FOLLOWED: usize = 40;
/// So many that were left alone are named.
const LEFT: usize = 20;

/// What a revocation did, by id.
pub(super) struct Outcome {
    pub(super) count: usize,
    pub(super) revoked: Vec<String>,
    pub(super) also: Vec<String>,
    pub(super) left: Vec<String>,
}

/// One that was not taken back, and why.
struct Left {
    id: String,
    why: &'static str,
}

/// What is seen of it now; renewed by itself while something is awaited.
#[derive(Template)]
#[template(path = "grants/revoked_part.html")]
struct Progress {
    frame: Frame,
    lines: Vec<Line>,
    also: Vec<Line>,
    awaited: usize,
    /// Where the page asks again.
    address: String,
}

impl Progress {
    /// Whether something was revoked that can only end by itself.
    fn outlasts(&self) -> bool {
        let lines = self.lines.iter().chain(&self.also);
        lines.into_iter().any(|line| line.grant.state == GrantState::Revoking && line.ends_only_by_itself())
    }
}

#[derive(Template)]
#[template(path = "grants/revoked.html")]
struct RevokedPage {
    frame: Frame,
    progress: Progress,
    left: Vec<Left>,
    list: String,
}

/// Goes there, and says how many it were.
pub(super) fn lead_to(app: &App, here: &Here, done: &Outcome) -> Result<Response, Failure> {
    let revoked = done.revoked.iter().take(FOLLOWED).map(|id| ("id", id.as_str()));
    let room = FOLLOWED.saturating_sub(done.revoked.len());
    let also = done.also.iter().take(room).map(|id| ("also", id.as_str()));
    let left = done.left.iter().take(LEFT).map(|id| ("left", id.as_str()));
    let address = address_of(&here.path("/grants/revoked"), revoked.chain(also).chain(left));
    answer::said(app, address, &said(done))
}

fn said(done: &Outcome) -> String {
    let counted = |count: usize| grouped(count.try_into().unwrap_or(u64::MAX));
    let mut sentence = match done.count {
        0 => "Nothing was revoked.".to_owned(),
        1 => "1 grant is revoked.".to_owned(),
        count => format!("{} grants are revoked.", counted(count)),
    };
    if !done.also.is_empty() {
        let them = if done.count == 1 { "it" } else { "them" };
        sentence.push_str(&format!(" Cut off with {them}: {}.", counted(done.also.len())));
    }
    if !done.left.is_empty() {
        sentence.push_str(&format!(" Left as they were: {}.", counted(done.left.len())));
    }
    sentence
}

/// How it went.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let named =
        |name: &'static str| query.pairs().iter().filter(move |(known, _)| known == name).map(|(_, id)| id.as_str());
    let lines = seen(&app, &here, named("id").take(FOLLOWED)).await?;
    let also = seen(&app, &here, named("also").take(FOLLOWED)).await?;
    let awaited = lines.iter().chain(&also).filter(|line| line.is_awaited()).count();
    // Nothing has changed: what is shown stays as it is, and is not read out again.
    if is_part(&headers) && query.get("awaited") == Some(awaited.to_string().as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let frame = here.frame(Section::Grants, "Revoked");
    let address = format!("{}{}", here.path("/grants/revoked"), query.with("awaited", &awaited.to_string()));
    let progress = Progress { frame: frame.clone(), lines, also, awaited, address };
    if is_part(&headers) {
        return answer::page(&progress);
    }
    let left = left(seen(&app, &here, named("left").take(LEFT)).await?);
    answer::page(&RevokedPage { frame, progress, left, list: here.path("/grants") })
}

/// The grants of these ids that are there.
async fn seen(app: &App, here: &Here, ids: impl Iterator<Item = &str>) -> Result<Vec<Line>, Failure> {
    let ids: Vec<_> = ids.collect();
    let found = app.broker().show_grants(here.caller(), here.name(), &ids).await?;
    Ok(Line::all(here, found))
}

/// Why they were left, as far as it can be seen of them now.
fn left(lines: Vec<Line>) -> Vec<Left> {
    let why = |state| match state {
        GrantState::Live => "It is live and was not revoked: you may revoke what is your own only.",
        GrantState::Revoking | GrantState::Revoked => "It was revoked before.",
        GrantState::Expired => "It had ended before.",
    };
    lines.into_iter().map(|line| Left { why: why(line.grant.state), id: line.grant.id }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_in_a_sentence() {
        let ids = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        let say = |revoked, also, left| {
            said(&Outcome { count: revoked, revoked: ids(revoked), also: ids(also), left: ids(left) })
        };
        assert_eq!(say(0, 0, 1), "Nothing was revoked. Left as they were: 1.");
        assert_eq!(say(1_200, 2, 0), "1,200 grants are revoked. Cut off with them: 2.");
    }
}
