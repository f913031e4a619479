//! `POST /projects/{project}/datasources/{name}/object/why`: why a browser could not do something with an
//! object, and what mends it.
//!
//! A page learns only that it failed. The server asks the store for the same object, as a page of this
//! origin would, and says what it was told.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::{CorsFinding, Diagnosis, ObjectVerdict, SetupQuery};
use domain::Error;
use domain::proof::Remedy;

use super::place::Place;
use super::sign;
use crate::App;
use crate::console::answer;
use crate::console::failure::sentence;
use crate::console::form::Form;
use crate::console::query::Query;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "objects/why.html")]
struct Why {
    /// Tells the answers on one page apart.
    at: u32,
    title: &'static str,
    verdict: &'static str,
    text: String,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    remedy: Option<Shown>,
}

/// What mends it, ready to be copied.
struct Shown {
    summary: String,
    document: Option<String>,
    command: Option<String>,
}

/// What the browser tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// A picture, video or sound, which need no permission of the store to be shown.
    Media,
    /// The text of an object, which a script reads.
    Text,
    /// A file on its way.
    Upload,
}

/// Asks, and answers in words.
pub(super) async fn submit(
    State(app): State<App>,
    place: Place,
    query: Query,
    form: Form,
) -> Result<Response, Failure> {
    let key = sign::key(query.raw("key"))?;
    let (how, origin) = (how(query.text("how")), form.text("origin"));
    let (caller, project, name) = (place.here.caller(), place.here.name(), &place.view.name);
    let mut found = app.broker().diagnose_object(caller, project, name, key.as_str(), origin).await?;
    if is_kept_out(how, &found) {
        found.remedy = Some(cors_remedy(&app, &place, origin).await?);
        found.verdict = ObjectVerdict::Cors;
        // What was answered is of reading an object that is not there yet.
        (found.http_status, found.provider_code) = (None, None);
        found.explanation = format!("the bucket does not let pages of {origin} write to it");
    }
    let at = form.text("at").parse().unwrap_or_default();
    let why = match form.filled("status") {
        Some(_) if how == How::Upload && is_ready(&found) => refused(at),
        _ => explain(at, how, found)?,
    };
    answer::page(&why)
}

fn how(text: &str) -> How {
    match text {
        "text" => How::Text,
        "upload" => How::Upload,
        _ => How::Media,
    }
}

/// Whether nothing stands against a file on its way: one that is not there yet is no fault.
fn is_ready(found: &Diagnosis) -> bool {
    matches!(found.verdict, ObjectVerdict::Missing | ObjectVerdict::Fine)
}

/// Whether a file on its way is held up by nothing but the bucket's rules for pages.
fn is_kept_out(how: How, found: &Diagnosis) -> bool {
    let blocked = matches!(found.cors, CorsFinding::Missing | CorsFinding::WrongOrigin { .. });
    how == How::Upload && blocked && is_ready(found)
}

/// The document that lets this page in, as the set-up of the method has it.
async fn cors_remedy(app: &App, place: &Place, origin: &str) -> Result<Remedy, Error> {
    let (caller, project, view) = (place.here.caller(), place.here.name(), &place.view);
    let integration = app.broker().show_integration(caller, project, &view.integration).await?;
    let query = SetupQuery {
        places: vec![(view.bucket.clone(), view.prefix.clone(), view.purpose)],
        cors_origin: Some(origin.to_owned()),
        ..SetupQuery::default()
    };
    let setup = app.broker().setup_of_method(caller, project, &integration.method, query).await?;
    let summary = format!("let web pages of {origin} write objects: apply this CORS document to the bucket");
    let command = format!("aws s3api put-bucket-cors --bucket {} --cors-configuration file://cors.json", view.bucket);
    Ok(Remedy { summary, policy: setup.cors, command: Some(command) })
}

/// The store answered the browser itself, and gives the server what it asks for.
fn refused(at: u32) -> Why {
    let text = "The store lets this page in and did not take the file: the right to write is missing, the URL has \
        ended, or the bucket has a rule that the file breaks. Try again; if it stays so, prove the datasource.";
    Why {
        at,
        title: "The store refuses to take it",
        verdict: "refused",
        text: text.to_owned(),
        status: None,
        code: None,
        request_id: None,
        remedy: None,
    }
}

fn explain(at: u32, how: How, found: Diagnosis) -> Result<Why, Error> {
    let (verdict, text) = match (how, found.verdict) {
        (How::Upload, ObjectVerdict::Missing | ObjectVerdict::Fine) => (ObjectVerdict::Fine, WAY.to_owned()),
        (How::Media, ObjectVerdict::Cors | ObjectVerdict::Fine) => (ObjectVerdict::Fine, DAMAGED.to_owned()),
        (How::Text, ObjectVerdict::Fine) => (ObjectVerdict::Fine, WAY.to_owned()),
        (_, verdict) => (verdict, found.explanation),
    };
    let is_fault = verdict != ObjectVerdict::Fine;
    let mends = found.remedy.filter(|_| is_fault);
    Ok(Why {
        at,
        title: title(verdict),
        verdict: verdict.as_str(),
        text: sentence(&text),
        status: found.http_status.filter(|_| is_fault),
        code: found.provider_code.filter(|_| is_fault),
        request_id: found.request_id,
        remedy: mends.map(remedy).transpose()?,
    })
}

/// The store is well as far as the server can see.
const WAY: &str = "Tidegate itself reaches the bucket and the store lets this page in, so something between this \
    browser and the store stands in the way: its network, a proxy, a certificate that it does not trust, or an \
    extension that blocks requests. Try again, or from another network";
const DAMAGED: &str = "Tidegate itself can read the object. Either it is not what its name and type say, or this browser \
    does not know the format, or the network between this browser and the store stands in the way. Download it \
    to look at it";

fn remedy(remedy: Remedy) -> Result<Shown, Error> {
    let document = remedy.policy.as_ref().map(serde_json::to_string_pretty).transpose().map_err(Error::internal)?;
    Ok(Shown { summary: sentence(&remedy.summary), document, command: remedy.command })
}

fn title(verdict: ObjectVerdict) -> &'static str {
    match verdict {
        ObjectVerdict::Fine => "The store is well",
        ObjectVerdict::Cors => "CORS: the bucket does not let this page in",
        ObjectVerdict::Forbidden => "403: the store refuses access",
        ObjectVerdict::Missing => "404: there is no such object any more",
        ObjectVerdict::NoBucket => "404: there is no such bucket",
        ObjectVerdict::Encryption => "The key that it is encrypted with may not be used",
        ObjectVerdict::Archived => "The object is archived",
        ObjectVerdict::Credentials => "The store does not accept the credentials",
        ObjectVerdict::Clock => "The clocks of server and store differ",
        ObjectVerdict::WrongRegion => "The bucket is in another region",
        ObjectVerdict::Busy => "The store is busy",
        ObjectVerdict::Network => "The store cannot be reached",
        ObjectVerdict::Blocked => "This server may not reach the store",
        ObjectVerdict::Other => "The store answered something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(verdict: ObjectVerdict, cors: CorsFinding) -> Diagnosis {
        Diagnosis {
            reached: true,
            http_status: Some(200),
            provider_code: None,
            request_id: None,
            cors,
            verdict,
            explanation: "the store said so".to_owned(),
            remedy: Some(Remedy::say("do this")),
        }
    }

    fn verdict(how: How, verdict: ObjectVerdict, cors: CorsFinding) -> &'static str {
        explain(0, how, found(verdict, cors)).unwrap().verdict
    }

    #[test]
    fn pictures_need_no_cors_and_texts_do() {
        let missing = || CorsFinding::Missing;
        assert_eq!(verdict(How::Text, ObjectVerdict::Cors, missing()), ObjectVerdict::Cors.as_str());
        assert_eq!(verdict(How::Media, ObjectVerdict::Cors, missing()), ObjectVerdict::Fine.as_str());
        assert_eq!(verdict(How::Media, ObjectVerdict::Missing, missing()), ObjectVerdict::Missing.as_str());
    }

    #[test]
    fn an_object_that_is_not_there_yet_is_no_fault_of_an_upload() {
        let kept_out = |how, verdict, cors| is_kept_out(how, &found(verdict, cors));
        assert_eq!(verdict(How::Upload, ObjectVerdict::Missing, CorsFinding::Allowed), ObjectVerdict::Fine.as_str());
        assert!(kept_out(How::Upload, ObjectVerdict::Missing, CorsFinding::Missing));
        assert!(!kept_out(How::Upload, ObjectVerdict::Missing, CorsFinding::Allowed));
        assert!(!kept_out(How::Upload, ObjectVerdict::Forbidden, CorsFinding::Missing));
        assert!(!kept_out(How::Text, ObjectVerdict::Missing, CorsFinding::Missing));
    }

    #[test]
    fn where_nothing_is_wrong_nothing_is_to_be_mended() {
        let why = explain(0, How::Text, found(ObjectVerdict::Fine, CorsFinding::Allowed)).unwrap();
        assert!(why.remedy.is_none() && why.text.starts_with("Tidegate itself"));
    }
}
