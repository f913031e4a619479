//! The CORS document of a bucket: what lets the pages of an origin load its objects.
//!
//! Applying a document replaces the one that is there, so it holds the rules of all datasources of the
//! integration in this bucket.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use broker::{DatasourceView, SetupQuery};
use domain::datasource::Purpose;
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use domain::provider::Setup;
use domain::{Error, ErrorKind};

use super::fields::purpose;
use crate::App;
use crate::console::answer;
use crate::console::failure::sentence;
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// The document, as far as it can be made.
#[derive(Template, Default)]
#[template(path = "datasources/cors.html")]
pub(super) struct CorsPart {
    pub(super) bucket: String,
    pub(super) document: Option<String>,
    /// Why there is none yet.
    pub(super) trouble: Option<String>,
}

impl HtmlSafe for CorsPart {}

/// The origin of this console, as browsers send it; empty where it cannot be known.
pub(super) fn own_origin(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = app.config().public_url.as_deref() {
        return url.trim_end_matches('/').to_ascii_lowercase();
    }
    let scheme = if app.config().secure_cookies { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if host.is_empty() { String::new() } else { format!("{scheme}://{}", host.to_ascii_lowercase()) }
}

/// The document for a place that is no datasource yet.
pub(super) async fn part(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    answer::page(&of_form(&app, &here, &query).await?)
}

/// The same for the page of the form.
pub(super) async fn of_form(app: &App, here: &Here, query: &Query) -> Result<CorsPart, Failure> {
    let integration = face::name("integration", query.text("integration"))?;
    let (bucket, origin) = (query.text("bucket").to_owned(), query.text("cors_origin").to_owned());
    let made = match place(query) {
        Ok(place) => document(app, here, &integration, vec![place], origin).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(document) => Ok(CorsPart { document, bucket, trouble: None }),
        Err(error) if error.kind() == ErrorKind::Internal => Err(Failure(error)),
        Err(error) => Ok(CorsPart { document: None, bucket, trouble: Some(sentence(error.message())) }),
    }
}

/// The document of the bucket of a datasource; none where it has no origin, or the policies of the
/// integration cannot be said.
pub(super) async fn of_datasource(app: &App, here: &Here, view: &DatasourceView) -> Option<String> {
    let origin = view.cors_origin.clone()?;
    let place = (view.bucket.clone(), view.prefix.clone(), view.purpose);
    document(app, here, &view.integration, vec![place], origin).await.ok().flatten()
}

fn place(query: &Query) -> Result<(BucketName, Prefix, Purpose), Error> {
    let origin = query.text("cors_origin");
    if !origin.starts_with("https://") && !origin.starts_with("http://") {
        return Err(Error::invalid(
            "/cors_origin",
            "type the origin of the web page first, for example https://label.example.com",
        ));
    }
    if query.text("bucket").is_empty() {
        return Err(Error::invalid("/bucket", "choose the bucket first"));
    }
    let bucket =
        query.text("bucket").parse::<BucketName>().map_err(|why| Error::invalid("/bucket", why.to_string()))?;
    let prefix = query.raw("prefix").parse::<Prefix>().map_err(|why| Error::invalid("/prefix", why.to_string()))?;
    Ok((bucket, prefix, purpose(query.text("purpose")).unwrap_or(Purpose::Input)))
}

async fn document(
    app: &App,
    here: &Here,
    integration: &Name,
    places: Vec<(BucketName, Prefix, Purpose)>,
    origin: String,
) -> Result<Option<String>, Error> {
    let bucket = places.first().map(|(bucket, ..)| bucket.clone());
    let query = SetupQuery { places, cors_origin: Some(origin), ..SetupQuery::default() };
    let setup = app.broker().setup_of_integration(here.caller(), here.name(), integration, query).await?;
    Ok(bucket.and_then(|bucket| of_bucket(&setup, &bucket)))
}

/// The document of one bucket among all that a set-up names.
fn of_bucket(setup: &Setup, bucket: &BucketName) -> Option<String> {
    let all = setup.cors.as_ref()?;
    serde_json::to_string_pretty(all.get(bucket.as_str()).unwrap_or(all)).ok()
}
