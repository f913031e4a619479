//! `GET /projects/{project}/audit` and `GET /admin/audit`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::AuditFilter;
use domain::audit::Outcome;
use domain::{Error, ErrorKind};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::line::{Line, outcome_word};
use super::log::Log;
use super::words::WORDS;
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::Frame;
use crate::console::query::Query;
use crate::face::Failure;

/// One of the choices of what to see.
struct Tab {
    name: &'static str,
    address: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    frame: Frame,
    base: String,
    /// Whose log, where it is that of a project.
    project: Option<String>,
    query: Query,
    form: Filled,
    tabs: Vec<Tab>,
    words: &'static [(&'static str, &'static str)],
    lines: Vec<Line>,
    next: Option<String>,
}

impl ListPage {
    /// Whether anything but the outcome was filtered by.
    fn narrowed(&self) -> bool {
        ["action", "principal", "since", "until"].iter().any(|name| self.query.get(name).is_some())
    }

    /// The same list, of what one principal did.
    fn of(&self, line: &Line) -> String {
        self.query.with("principal", line.who())
    }
}

/// The records of a log, the newest first.
pub(super) async fn show(State(app): State<App>, log: Log, query: Query) -> Result<Response, Failure> {
    let page = |query: Query, lines, next, form| ListPage {
        frame: log.frame(),
        base: log.base.clone(),
        project: log.project().map(str::to_owned),
        tabs: tabs(&query),
        words: WORDS,
        query,
        form,
        lines,
        next,
    };
    let found = match (asked(&query), query.page()) {
        (Ok(asked), Ok(page)) => app.broker().list_audit(log.caller(), &log.scope, asked, page).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match found {
        Ok(found) => {
            let line = |record| Line::new(&log.base, log.project(), record);
            let lines = found.items.into_iter().map(line).collect();
            answer::page(&page(query, lines, found.next, Filled::default()))
        }
        Err(error) if matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Malformed) => {
            // Whoever may not read the log is told that, not what is wrong with his filter.
            let least = domain::page::PageAsk { after: None, limit: 1 };
            app.broker().list_audit(log.caller(), &log.scope, AuditFilter::default(), least).await?;
            let form = Filled::from_query(&query).failed(error)?;
            answer::refused(&page(query, Vec::new(), None, form))
        }
        Err(error) => Err(Failure(error)),
    }
}

fn asked(query: &Query) -> Result<AuditFilter, Error> {
    Ok(AuditFilter {
        action: query.get("action").map(str::to_owned),
        principal: query.get("principal").map(str::to_owned),
        outcome: query.get("outcome").map(outcome).transpose()?,
        since: query.get("since").map(|text| time("/since", text)).transpose()?,
        until: query.get("until").map(|text| time("/until", text)).transpose()?,
        newest_first: true,
    })
}

fn outcome(word: &str) -> Result<Outcome, Error> {
    let known = [Outcome::Done, Outcome::Refused, Outcome::Failed];
    let found = known.into_iter().find(|outcome| outcome_word(*outcome) == word);
    found.ok_or_else(|| Error::invalid("/outcome", "what was done ended done, refused or failed"))
}

/// A time as the field of a form has it, which is UTC here, or as everything else writes it.
fn time(pointer: &str, text: &str) -> Result<Timestamp, Error> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let local = text.parse::<DateTime>().ok().and_then(|local| local.to_zoned(TimeZone::UTC).ok());
    let shown: String = text.chars().take(40).collect();
    let wrong = || Error::invalid(pointer, format!("'{shown}' is no time: write it as 2026-01-31T12:00, in UTC"));
    local.map(|zoned| zoned.timestamp()).ok_or_else(wrong)
}

fn tabs(query: &Query) -> Vec<Tab> {
    let named = [("All", ""), ("Refused", "refused"), ("Failed", "failed"), ("Done", "done")];
    let now = query.text("outcome");
    let kept =
        query.pairs().iter().filter(|(name, value)| !matches!(name.as_str(), "after" | "outcome") && !value.is_empty());
    let address = |word: &str| {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(kept.clone());
        if !word.is_empty() {
            encoded.append_pair("outcome", word);
        }
        format!("?{}", encoded.finish())
    };
    named.map(|(name, word)| Tab { name, address: address(word), current: word == now }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_a_form_sends_them_and_as_the_api_does() {
        let read = |text| time("/since", text).map(|time| time.to_string());
        assert_eq!(read("2026-01-31T12:00").unwrap(), "2026-01-31T12:00:00Z");
        assert_eq!(read("2026-01-31T12:00:05").unwrap(), "2026-01-31T12:00:05Z");
        assert_eq!(read("2026-01-31T12:00:00+02:00").unwrap(), "2026-01-31T10:00:00Z");
        for garbage in ["yesterday", "2026-13-01T00:00", "<b>", "99999-01-01T00:00"] {
            assert_eq!(read(garbage).unwrap_err().fields()[0].pointer, "/since", "{garbage}");
        }
    }
}
