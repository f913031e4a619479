//! `GET /projects/{project}/datasources`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{DatasourceQuery, DatasourceView, IntegrationQuery};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::{Error, ErrorKind};

use super::choose::usable;
use super::fields::{PURPOSES, purpose};
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::tone;
use crate::console::viewer::Here;
use crate::face::Failure;

/// More integrations than these are not offered as choices: their name is typed.
const MOST: u32 = 100;

#[derive(Template)]
#[template(path = "datasources/list.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    form: Filled,
    base: String,
    datasources: Page<DatasourceView>,
    /// To filter by; none where there are too many.
    integrations: Option<Vec<Name>>,
    /// Whether there is one to make a datasource of; only asked where there is none yet.
    connected: bool,
}

impl ListPage {
    fn nothing_yet(&self) -> bool {
        self.datasources.items.is_empty() && !self.query.filters() && self.query.get("after").is_none()
    }
}

/// The datasources of the project.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let found = match (asked(&query), query.page()) {
        (Ok(asked), Ok(page)) => app.broker().list_datasources(here.caller(), here.name(), asked, page).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    let (datasources, form) = match found {
        Ok(found) => (found, Filled::default()),
        Err(error) if is_of_the_filter(&error) => {
            let shown = Error::new(ErrorKind::Invalid, error.message()).with_fields(error.fields().to_vec());
            (Page { items: Vec::new(), next: None }, Filled::default().failed(shown)?)
        }
        Err(error) => return Err(Failure(error)),
    };
    let refused = form.problem.is_some();
    let mut page = ListPage {
        frame: here.frame(Section::Datasources, "Datasources"),
        query,
        form,
        base: here.path("/datasources"),
        datasources,
        integrations: integrations(&app, &here).await?,
        connected: true,
    };
    if page.nothing_yet() {
        page.connected = !usable(&app, &here, None).await?.is_empty();
    }
    if refused { answer::refused(&page) } else { answer::page(&page) }
}

fn asked(query: &Query) -> Result<DatasourceQuery, Error> {
    let text = |name| query.get(name).map(str::to_owned);
    let read = |word| purpose(word).ok_or_else(|| Error::invalid("/purpose", format!("'{word}' is no purpose")));
    let usable = match query.get("usable") {
        None => None,
        Some("yes") => Some(true),
        Some("no") => Some(false),
        Some(word) => return Err(Error::invalid("/usable", format!("'{word}' is neither yes nor no"))),
    };
    let purpose = query.get("purpose").map(read).transpose()?;
    Ok(DatasourceQuery { integration: text("integration"), purpose, usable, contains: text("contains") })
}

/// Whether the filter is at fault: something that it names is not there, or cannot be read.
fn is_of_the_filter(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Malformed | ErrorKind::NotFound)
}

async fn integrations(app: &App, here: &Here) -> Result<Option<Vec<Name>>, Error> {
    let page = PageAsk { after: None, limit: MOST };
    let found = app.broker().list_integrations(here.caller(), here.name(), IntegrationQuery::default(), page).await?;
    Ok(found.next.is_none().then(|| found.items.into_iter().map(|view| view.name).collect()))
}
