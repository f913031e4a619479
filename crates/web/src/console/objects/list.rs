//! `GET /projects/{project}/datasources/{name}/objects`

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use broker::{ObjectPage, ObjectQuery, ObjectReach};
use domain::page::PageAsk;
use domain::provider::Capabilities;
use domain::{Error, ErrorKind};

use super::latency::Speed;
use super::place::{Crumb, Place};
use super::text::{sh, visible};
use super::thumbs::Shelf;
use super::time_window;
use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::face::{Failure, status};

/// So many entries are on a page.
const ROWS: u32 = 100;

#[derive(Template)]
#[template(path = "objects/list.html")]
struct ListPage {
    frame: Frame,
    place: Place,
    query: Query,
    form: Filled,
    crumbs: Vec<Crumb>,
    prefix: String,
    shelf: Shelf,
    grid: bool,
    filtered: bool,
    after: String,
    before: String,
    next: Option<String>,
    speed: Speed,
    upload: Option<Upload>,
    /// What the connection can do; what it cannot is not offered.
    can: Capabilities,
}

/// What the page says about writing.
struct Upload {
    action: String,
    folder: String,
    command: String,
}

impl ListPage {
    /// The same page with one parameter set anew, from its beginning.
    fn with(&self, name: &str, value: &str) -> String {
        format!("{}/objects{}", self.place.page(), self.query.with(name, value))
    }

    /// The same page from its beginning.
    fn first(&self) -> String {
        format!("{}/objects{}", self.place.page(), self.query.without("after"))
    }

    fn is_first(&self) -> bool {
        self.query.get("after").is_none()
    }

    fn is_empty(&self) -> bool {
        self.shelf.folders.is_empty() && self.shelf.items.is_empty()
    }

    fn credential(&self) -> String {
        self.place.at("/credential", "prefix", &self.prefix)
    }

    /// Where to ask for a URL to measure with.
    fn probe(&self) -> Option<String> {
        let signs = self.can.sign.then(|| self.shelf.probe()).flatten();
        signs.map(|key| self.place.at("/latency/probe", "key", key))
    }
}

/// The objects of a folder, or those that a filter keeps.
pub(super) async fn show(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let prefix = match query.raw("prefix") {
        "" => place.base().to_owned(),
        prefix => prefix.to_owned(),
    };
    let (caller, project, name) = (place.here.caller(), place.here.name(), &place.view.name);
    let listed = match ask(&place, &query, &prefix) {
        Ok(ask) => app.broker().list_objects(caller, project, name, ask).await,
        Err(error) => Err(error),
    };
    let form = Filled::from_query(&query);
    match listed {
        Ok(page) => {
            let reach = app.broker().object_reach(caller, project, name).await?;
            let csp = Csp::with_objects_of([reach.origin.as_str()]);
            let page = of(&app, place, query, &headers, (prefix, reach), form, page).await?;
            answer::page_with(StatusCode::OK, &page, &csp)
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Failure(error)),
        Err(error) => {
            let code = status(error.kind());
            let form = form.failed(error)?;
            // Whoever may not list may still be handed something.
            let reach = app.broker().object_reach(caller, project, name).await.unwrap_or_default();
            let page = of(&app, place, query, &headers, (prefix, reach), form, ObjectPage::default()).await?;
            answer::page_with(code, &page, &Csp::default())
        }
    }
}

/// The page of what was listed.
async fn of(
    app: &App,
    place: Place,
    query: Query,
    headers: &HeaderMap,
    (prefix, reach): (String, ObjectReach),
    form: Filled,
    listed: ObjectPage,
) -> Result<ListPage, Failure> {
    let mut shelf = Shelf::of(&place, &prefix, &listed);
    if query.get("glob").is_some() {
        shelf.folders.clear();
    }
    let grid = match query.get("view") {
        Some("grid") => true,
        Some(_) => false,
        None => shelf.is_album(),
    };
    if grid && reach.can.sign {
        shelf = shelf.with_pictures(app, &place).await;
    }
    let title = format!("Objects of {}", place.view.name);
    Ok(ListPage {
        frame: place.here.frame(Section::Datasources, title),
        crumbs: place.crumbs(&prefix),
        filtered: ["glob", "modified_after", "modified_before"].iter().any(|name| query.get(name).is_some()),
        after: time_window::field(&query, "modified_after"),
        before: time_window::field(&query, "modified_before"),
        next: listed.next.map(|next| format!("{}/objects{}", place.page(), query.with("after", &next))),
        speed: Speed::of(app, &place).await?,
        upload: (place.writes() && reach.can.sign && form.problem.is_none())
            .then(|| upload(app, &place, headers, &prefix, &reach.put_headers)),
        place,
        query,
        form,
        prefix,
        shelf,
        grid,
        can: reach.can,
    })
}

fn ask(place: &Place, query: &Query, prefix: &str) -> Result<ObjectQuery, Error> {
    let pattern = query.get("glob");
    // A pattern that names folders looks through them all.
    let deep = pattern.is_some_and(|pattern| pattern.contains('/') || pattern.contains("**"));
    Ok(ObjectQuery {
        prefix: Some(prefix.to_owned()),
        delimiter: (!deep).then(|| "/".to_owned()),
        glob: pattern
            .map(|pattern| format!("{}{pattern}", literal(prefix.strip_prefix(place.base()).unwrap_or_default()))),
        relevant: None,
        modified_after: time_window::read(query, "modified_after")?,
        modified_before: time_window::read(query, "modified_before")?,
        page: PageAsk { after: query.get("after").map(str::to_owned), limit: ROWS },
    })
}

/// A folder's name as a pattern that means nothing else.
fn literal(folder: &str) -> String {
    let special = |c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
    folder.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fn upload(app: &App, place: &Place, headers: &HeaderMap, prefix: &str, needed: &[(String, String)]) -> Upload {
    let key = sh(&format!("{prefix}FILE"));
    let sent = place.view.sse.iter().flat_map(domain::datasource::Encryption::headers);
    let sent = sent.chain(needed.iter().cloned());
    let sent: String = sent.map(|(name, value)| format!(" --header {}", sh(&format!("{name}: {value}")))).collect();
    let command = place.command(app, headers);
    Upload {
        action: place.at("/uploads", "prefix", prefix),
        folder: visible(prefix),
        command: format!(
            "url=$({command} url sign {} {key} --method PUT)\ncurl --fail --upload-file FILE{sent} \"$url\"\n",
            place.view.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_a_pattern_means_itself() {
        assert_eq!(literal("a*b/{x}?[y]\\/"), "a\\*b/\\{x\\}\\?\\[y\\]\\\\/");
    }
}
