//! `/projects/{project}/datasources/{name}/object/url`: a signed URL for somebody else.

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::ResponseHeaders;
use domain::place::ObjectKey;
use domain::scope::Verb;
use domain::{Error, ttl};
use jiff::Timestamp;

use super::place::Place;
use super::sign::{self, revocable};
use super::text::{browsers_keep, sh, visible};
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "objects/url.html")]
struct UrlPage {
    frame: Frame,
    place: Place,
    key: ObjectKey,
    shown: String,
    form: Filled,
    command: String,
    made: Option<Made>,
}

/// A URL that was just made.
struct Made {
    url: String,
    verb: Verb,
    grant: String,
    expires_at: Timestamp,
    headers: Vec<(String, String)>,
    revocable: String,
    curl: String,
}

impl UrlPage {
    fn of(app: &App, place: Place, key: ObjectKey, form: Filled, headers: &HeaderMap) -> Self {
        let command = format!("{} url sign {} {}", place.command(app, headers), place.view.name, sh(key.as_str()));
        Self {
            frame: place.here.frame(Section::Datasources, "Make a signed URL"),
            shown: visible(key.as_str()),
            form: form.or("method", "GET").or("ttl", "15m"),
            command,
            place,
            key,
            made: None,
        }
    }

    fn back(&self) -> String {
        self.place.object(self.key.as_str())
    }

    fn action(&self) -> String {
        self.place.at("/object/url", "key", self.key.as_str())
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    place.must(Action::UrlSign)?;
    let key = sign::key(query.raw("key"))?;
    answer::page(&UrlPage::of(&app, place, key, Filled::from_query(&query), &headers))
}

/// Signs, and shows the URL on a page that is not kept.
pub(super) async fn submit(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let key = sign::key(query.raw("key"))?;
    match make(&app, &place, &key, &form).await {
        Ok(made) => {
            let mut page = UrlPage::of(&app, place, key, Filled::from_form(&form), &headers);
            page.frame.title = "The signed URL".to_owned();
            page.made = Some(made);
            answer::page(&page)
        }
        Err(error) => {
            let filled = Filled::from_form(&form).failed(named(error))?;
            answer::refused(&UrlPage::of(&app, place, key, filled, &headers))
        }
    }
}

/// The form's word for it.
fn named(error: Error) -> Error {
    let at_ttl = error.fields().iter().any(|field| field.pointer == "/ttl_seconds");
    if at_ttl { error.at("/ttl") } else { error }
}

async fn make(app: &App, place: &Place, key: &ObjectKey, form: &Form) -> Result<Made, Error> {
    let verb = verb(form.text("method"))?;
    let life = ttl::parse(form.text("ttl")).map_err(|why| Error::invalid("/ttl", why.to_string()))?;
    let seconds = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    let signed = sign::sign(app, place, vec![key.clone()], verb, seconds, ResponseHeaders::default()).await?;
    let grant = app.broker().show_grant(place.here.caller(), place.here.name(), &signed.grant).await?;
    let url = signed.urls.into_iter().next().map(|(_, url)| url);
    let url = url.ok_or_else(|| Error::internal("a batch of one has one URL"))?;
    Ok(Made {
        curl: curl(verb, &url, &signed.headers, key.as_str()),
        url,
        verb,
        grant: signed.grant,
        expires_at: signed.expires_at,
        headers: signed.headers,
        revocable: revocable(grant.revocability),
    })
}

fn verb(text: &str) -> Result<Verb, Error> {
    let known = [Verb::Get, Verb::Head, Verb::Put, Verb::Delete].into_iter().find(|verb| verb.as_str() == text);
    known.ok_or_else(|| Error::invalid("/method", "choose one of GET, HEAD, PUT and DELETE"))
}

fn curl(verb: Verb, url: &str, headers: &[(String, String)], key: &str) -> String {
    let how = match verb {
        Verb::Get => "--output FILE",
        Verb::Head => "--head",
        Verb::Put => "--upload-file FILE",
        Verb::Delete => "--request DELETE",
    };
    let as_is = if browsers_keep(key) { "" } else { " --path-as-is" };
    let sent: String =
        headers.iter().map(|(name, value)| format!(" --header {}", sh(&format!("{name}: {value}")))).collect();
    format!("curl --fail{as_is} {how}{sent} {}\n", sh(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_copy_sends_what_the_signature_wants() {
        let headers = [("x-amz-server-side-encryption".to_owned(), "aws:kms".to_owned())];
        assert_eq!(
            curl(Verb::Put, "https://b/k?X=1&Y=2", &headers, "k"),
            "curl --fail --upload-file FILE --header 'x-amz-server-side-encryption: aws:kms' 'https://b/k?X=1&Y=2'\n"
        );
        assert!(curl(Verb::Get, "https://b/a/../k", &[], "a/../k").contains(" --path-as-is "));
    }

    #[test]
    fn only_known_methods_are_signed() {
        assert_eq!(verb("HEAD").unwrap(), Verb::Head);
        for bad in ["", "get", "POST"] {
            assert_eq!(verb(bad).unwrap_err().fields()[0].pointer, "/method");
        }
    }
}
