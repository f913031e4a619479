//! `GET /projects/{project}/grants`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{GrantQuery, GrantView};
use domain::grant::{GrantKind, GrantState};
use domain::page::Page;
use domain::{Error, ErrorKind};

use super::asked::{address_of, address_of_all};
use super::line::{KINDS, Line, STATES, kind_name, kind_word, state_word};
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Trouble};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

/// One of the choices of what to see.
struct Tab {
    name: &'static str,
    address: String,
    current: bool,
}

/// A way to take back everything of something.
struct RevokeAll {
    by: &'static str,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "grants/list.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    form: Filled,
    tabs: Vec<Tab>,
    kinds: [(&'static str, &'static str); 2],
    lines: Vec<Line>,
    next: Option<String>,
    revoke_all: Vec<RevokeAll>,
}

impl ListPage {
    fn selects(&self) -> bool {
        self.lines.iter().any(|line| line.revocable)
    }

    /// Whether anything but the state was filtered by.
    fn narrowed(&self) -> bool {
        ["kind", "principal", "integration", "datasource"].iter().any(|name| self.query.get(name).is_some())
    }

    fn sees_live(&self) -> bool {
        self.query.get("state").is_none_or(|state| state == "live")
    }
}

/// The live grants of a project, or the others that the address asks for.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let found = match (asked(&query), query.page()) {
        (Ok(asked), Ok(page)) => app.broker().list_grants(here.caller(), here.name(), asked, page).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match found {
        Ok(found) => answer::page(&page(&here, query, found, Filled::default())),
        Err(error) if is_of_the_filter(&error) => {
            let mut form = Filled::default();
            form.problem = Some(Trouble::of(&error));
            answer::refused(&page(&here, query, Page { items: Vec::new(), next: None }, form))
        }
        Err(error) => Err(Failure(error)),
    }
}

/// Whether the filter is at fault: something that it names is not there, or cannot be read.
fn is_of_the_filter(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Malformed | ErrorKind::NotFound | ErrorKind::Conflict)
}

fn asked(query: &Query) -> Result<GrantQuery, Error> {
    let text = |name| query.get(name).map(str::to_owned);
    Ok(GrantQuery {
        state: state(query.get("state"))?,
        kind: query.get("kind").map(kind).transpose()?,
        principal: text("principal"),
        integration: text("integration"),
        datasource: text("datasource"),
    })
}

fn state(word: Option<&str>) -> Result<Option<GrantState>, Error> {
    let Some(word) = word else { return Ok(Some(GrantState::Live)) };
    if word == "all" {
        return Ok(None);
    }
    let found = STATES.into_iter().find(|state| state_word(*state) == word);
    found.map(Some).ok_or_else(|| Error::invalid("/state", "a grant is live, revoking, revoked or expired; or say all"))
}

fn kind(word: &str) -> Result<GrantKind, Error> {
    let found = KINDS.into_iter().find(|kind| kind_word(*kind) == word);
    found.ok_or_else(|| Error::invalid("/kind", "grants of these kinds are handed out: urls, credential"))
}

fn page(here: &Here, query: Query, found: Page<GrantView>, form: Filled) -> ListPage {
    ListPage {
        frame: here.frame(Section::Grants, "Grants"),
        tabs: tabs(&query),
        kinds: KINDS.map(|kind| (kind_word(kind), kind_name(kind))),
        lines: Line::all(here, found.items),
        next: found.next,
        revoke_all: revoke_all(here, &query),
        query,
        form,
    }
}

fn tabs(query: &Query) -> Vec<Tab> {
    let named = [
        ("Live", "live"),
        ("Being revoked", "revoking"),
        ("Revoked", "revoked"),
        ("Expired", "expired"),
        ("All", "all"),
    ];
    let now = query.get("state").unwrap_or("live");
    let kept =
        query.pairs().iter().filter(|(name, value)| !matches!(name.as_str(), "after" | "state") && !value.is_empty());
    let address = |word: &'static str| {
        let state = std::iter::once(("state", word));
        address_of("", kept.clone().map(|(name, value)| (name.as_str(), value.as_str())).chain(state))
    };
    named.map(|(name, word)| Tab { name, address: address(word), current: word == now }).into()
}

/// What can be taken back as a whole from here: what is filtered by, else the project.
fn revoke_all(here: &Here, query: &Query) -> Vec<RevokeAll> {
    let named = |by| query.get(by).map(|name| (by, name));
    let mut ways: Vec<_> = ["integration", "datasource"].into_iter().filter_map(named).collect();
    if !here.may(Action::GrantRevoke) {
        ways.clear();
    }
    let own = here.may(Action::GrantRevokeOwn);
    let me = here.caller().principal.name.as_str();
    ways.extend(named("principal").filter(|(_, name)| here.may(Action::GrantRevoke) || (own && *name == me)));
    if ways.is_empty() && here.may(Action::GrantRevoke) {
        ways.push(("project", here.name().as_str()));
    }
    let all = |(by, name)| RevokeAll { by, address: address_of_all(here, by, name), name: name.to_owned() };
    ways.into_iter().map(all).collect()
}
