//! `/projects/{project}/grants/revoke`: what breaks, shown before it does.
//!
//! Nothing is taken back by an address alone: the preview is read, the form on it changes.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::{Breaks, GrantView, Holder, LeftGrant, RevokeAsk};
use domain::{Error, ErrorKind};

use super::asked::Asked;
use super::line::{Line, grouped};
use super::revoked::{self, Outcome};
use crate::App;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::console::{answer, confirm};
use crate::face::Failure;

/// So many of each kind are named; of more the number is said.
const SHOWN: u32 = 50;
/// So many holders are named.
const HOLDERS: usize = 8;

#[derive(Template)]
#[template(path = "grants/revoke.html")]
struct RevokePage {
    frame: Frame,
    form: Filled,
    /// All of what, if it is not chosen grants.
    all_of: Option<(&'static str, String)>,
    hidden: Vec<(&'static str, String)>,
    breaks: Breaks,
    typed: Option<String>,
    lines: Vec<Line>,
    others: Vec<Line>,
    /// How many live grants of the same role there are beside.
    others_count: u64,
    left: Vec<LeftGrant>,
    back: String,
}

impl RevokePage {
    /// `1 grant`, `1,234 grants`
    fn counted(&self) -> String {
        match self.breaks.count {
            1 => "1 grant".to_owned(),
            count => format!("{} grants", grouped(count)),
        }
    }

    /// Those who are named, and how many more there are.
    fn holders(&self) -> (&[Holder], usize) {
        let named = self.breaks.holders.get(..HOLDERS).unwrap_or(&self.breaks.holders);
        (named, self.breaks.holder_count.saturating_sub(named.len()))
    }

    fn more_grants(&self) -> Option<String> {
        more(self.breaks.count, &self.lines)
    }

    fn more_others(&self) -> Option<String> {
        more(self.others_count, &self.others)
    }
}

/// How many there are beside those that are listed.
fn more(count: u64, lines: &[Line]) -> Option<String> {
    let more = count.saturating_sub(lines.len().try_into().unwrap_or(u64::MAX));
    (more > 0).then(|| grouped(more))
}

/// Shows what would be taken back and what else would stop working.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match Asked::of_query(&query)? {
        Some(asked) => answer::page(&preview(&app, &here, &asked, Filled::from_query(&query)).await?),
        None => nothing(&app, &here, &headers).await,
    }
}

/// Takes it back and goes to where one sees how it went.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let Some(asked) = Asked::of_form(&form)? else { return nothing(&app, &here, &headers).await };
    match revoke(&app, &here, &asked, &form).await {
        Ok(outcome) => revoked::lead_to(&app, &here, &outcome),
        Err(error) => {
            let form = Filled::from_form(&form).failed(in_words(error))?;
            answer::refused(&preview(&app, &here, &asked, form).await?)
        }
    }
}

/// Back to the list that was sent without a choice.
async fn nothing(app: &App, here: &Here, headers: &HeaderMap) -> Result<Response, Failure> {
    // Whoever may not revoke at all is told that first.
    match app.broker().preview_grants(here.caller(), here.name(), Vec::new(), 0).await {
        Err(error) if error.kind() != ErrorKind::Invalid => return Err(Failure(error)),
        Ok(_) | Err(_) => {}
    }
    let list = here.path("/grants");
    let from = answer::came_from(headers);
    let back = if from.split('?').next() == Some(list.as_str()) { from } else { list };
    answer::said(app, back, "Nothing was selected, so nothing was revoked. Tick the grants first.")
}

async fn revoke(app: &App, here: &Here, asked: &Asked, form: &Form) -> Result<Outcome, Error> {
    let cut_off_others = match form.text("cut_off_others") {
        "cut" => Some(true),
        "leave" => Some(false),
        _ => None,
    };
    match asked {
        Asked::Chosen(ids) => {
            let done = app.broker().revoke_grants(here.caller(), here.name(), ids.clone(), cut_off_others).await?;
            let ids = |grants: Vec<GrantView>| grants.into_iter().map(|grant| grant.id).collect::<Vec<_>>();
            let left = done.left.into_iter().map(|left| left.id).collect();
            Ok(Outcome { count: done.revoked.len(), revoked: ids(done.revoked), also: ids(done.also_cut_off), left })
        }
        Asked::All(by, name) => {
            if *by == "project" {
                confirm::was_typed(form, here.name().as_str())?;
            }
            let by = asked.by().ok_or_else(|| Error::internal(format!("nothing is revoked by {by} {name}")))?;
            let done = app.broker().revoke(here.caller(), here.name(), RevokeAsk { by, cut_off_others }).await?;
            let revoked = done.items.into_iter().map(|grant| grant.id).collect();
            Ok(Outcome { count: done.count, revoked, also: Vec::new(), left: Vec::new() })
        }
    }
}

/// The API names its field; here it is a choice on the page.
fn in_words(error: Error) -> Error {
    let undecided =
        error.kind() == ErrorKind::Conflict && error.fields().iter().any(|at| at.pointer == "/cut_off_others");
    if undecided {
        return Error::invalid("/cut_off_others", "choose what happens to the other live grants of the same role");
    }
    error
}

async fn preview(app: &App, here: &Here, asked: &Asked, form: Filled) -> Result<RevokePage, Failure> {
    let (seen, left, all_of) = match asked {
        Asked::Chosen(ids) => {
            let seen = app.broker().preview_grants(here.caller(), here.name(), ids.clone(), SHOWN).await?;
            (seen.taken, seen.left, None)
        }
        Asked::All(by, name) => {
            let broker_by = asked.by().ok_or_else(|| Error::internal("nothing is asked for"))?;
            let seen = app.broker().preview_revocation(here.caller(), here.name(), broker_by, SHOWN).await?;
            (seen, Vec::new(), Some((*by, name.clone())))
        }
    };
    let typed = matches!(all_of, Some(("project", _))).then(|| here.name().to_string());
    Ok(RevokePage {
        frame: here.frame(Section::Grants, "Revoke"),
        form,
        all_of,
        hidden: asked.hidden(),
        breaks: seen.breaks,
        typed,
        lines: Line::all(here, seen.grants),
        others: Line::all(here, seen.also_cut_off),
        others_count: seen.also_cut_off_count,
        left: left.into_iter().zip(0..SHOWN).map(|(left, _)| left).collect(),
        back: here.path("/grants"),
    })
}
