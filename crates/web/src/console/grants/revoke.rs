//! `/projects/{project}/grants/revoke`: what breaks, shown before it does.
//!
//! Nothing is taken back by an address alone: the preview is read, the form on it changes.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::{GrantView, LeftGrant, RevokeAsk};
use domain::grant::Revocability;
use domain::{Error, ErrorKind};
use jiff::Timestamp;

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
const SHOWN: usize = 50;
/// A preview of the use case names so many grants at most.
const NAMED: usize = 1_000;

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
    left: Vec<LeftGrant>,
    back: String,
}

/// What breaks, in numbers.
#[derive(Debug, Default)]
struct Breaks {
    grants: usize,
    others: usize,
    holders: Vec<(String, usize)>,
    at_once: usize,
    within: usize,
    /// The longest of the bounds, in seconds.
    bound: u64,
    at_expiry: usize,
    /// When the last that can only end by itself has ended.
    last_end: Option<Timestamp>,
    /// When the last of all has ended, if none is cut off.
    last_of_all: Option<Timestamp>,
}

impl Breaks {
    fn of(grants: &[GrantView], others: usize) -> Self {
        let mut breaks = Self { grants: grants.len(), others, ..Self::default() };
        for grant in grants {
            match breaks.holders.iter_mut().find(|(holder, _)| *holder == grant.principal) {
                Some((_, held)) => *held += 1,
                None => breaks.holders.push((grant.principal.clone(), 1)),
            }
            breaks.last_of_all = breaks.last_of_all.max(Some(grant.usable_until));
            match grant.revocability {
                Revocability::Immediate => breaks.at_once += 1,
                Revocability::Bounded { bound_seconds } => {
                    breaks.within += 1;
                    breaks.bound = breaks.bound.max(bound_seconds);
                }
                Revocability::AtExpiry => {
                    breaks.at_expiry += 1;
                    breaks.last_end = breaks.last_end.max(Some(grant.usable_until));
                }
            }
        }
        breaks.holders.sort_by(|(a, most), (b, least)| least.cmp(most).then_with(|| a.cmp(b)));
        breaks
    }

    /// Whether the preview was cut: the numbers are then of what it names, and there may be more.
    fn is_cut(&self) -> bool {
        self.grants >= NAMED
    }

    /// `1 grant`, `3 grants`, `1,000 grants or more`
    fn counted(&self) -> String {
        match self.grants {
            1 => "1 grant".to_owned(),
            _ if self.is_cut() => format!("{} grants or more", grouped(NAMED.try_into().unwrap_or(u64::MAX))),
            count => format!("{} grants", grouped(count.try_into().unwrap_or(u64::MAX))),
        }
    }

    fn unnamed(&self) -> usize {
        self.grants.saturating_sub(SHOWN)
    }

    fn unnamed_others(&self) -> usize {
        self.others.saturating_sub(SHOWN)
    }
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
    match app.broker().preview_grants(here.caller(), here.name(), Vec::new()).await {
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
    let (grants, others, left, all_of) = match asked {
        Asked::Chosen(ids) => {
            let seen = app.broker().preview_grants(here.caller(), here.name(), ids.clone()).await?;
            (seen.grants, seen.also_cut_off, seen.left, None)
        }
        Asked::All(by, name) => {
            let broker_by = asked.by().ok_or_else(|| Error::internal("nothing is asked for"))?;
            let seen = app.broker().preview_revocation(here.caller(), here.name(), broker_by).await?;
            (seen.grants, seen.also_cut_off, Vec::new(), Some((*by, name.clone())))
        }
    };
    let breaks = Breaks::of(&grants, others.len());
    let typed = matches!(all_of, Some(("project", _))).then(|| here.name().to_string());
    let shown = |grants: Vec<GrantView>| Line::all(here, grants.into_iter().take(SHOWN).collect());
    Ok(RevokePage {
        frame: here.frame(Section::Grants, "Revoke"),
        form,
        all_of,
        hidden: asked.hidden(),
        breaks,
        typed,
        lines: shown(grants),
        others: shown(others),
        left: left.into_iter().take(SHOWN).collect(),
        back: here.path("/grants"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_preview_never_says_an_exact_number() {
        let of = |grants| Breaks { grants, ..Breaks::default() }.counted();
        assert_eq!((of(1).as_str(), of(999).as_str()), ("1 grant", "999 grants"));
        assert_eq!(of(NAMED), "1,000 grants or more");
    }
}
