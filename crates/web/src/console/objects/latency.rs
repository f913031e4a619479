//! `/projects/{project}/datasources/{name}/latency`: how far the bucket is from whoever looks.
//!
//! The page asks for one URL, loads its first bytes a few times, and sends how long that took; once in a
//! session of the browser. What is kept is kept by region, never by person.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use broker::{LatencySide, ResponseHeaders};
use domain::Error;
use domain::scope::Verb;
use serde::Serialize;

use super::place::Place;
use super::sign;
use crate::App;
use crate::console::answer;
use crate::console::form::Form;
use crate::console::query::Query;
use crate::face::Failure;

/// The URL that is measured with lives so long, in seconds.
const LIFE: i64 = 60;

/// How fast the bucket answers, as far as it was ever measured.
#[derive(Template)]
#[template(path = "objects/speed.html")]
pub(super) struct Speed {
    region: String,
    server: Option<String>,
    browser: Option<String>,
}

impl Speed {
    /// What is known of the region of this datasource's bucket.
    pub(super) async fn of(app: &App, place: &Place) -> Result<Self, Failure> {
        let known = app.broker().latencies(place.here.caller(), place.here.name()).await?;
        let ours = known.into_iter().find(|view| view.region == place.view.region);
        let (server, browser) = ours.map_or((None, None), |view| (view.server, view.browser));
        Ok(Self {
            region: place.view.region.clone().unwrap_or_default(),
            server: server.as_ref().map(shown),
            browser: browser.as_ref().map(shown),
        })
    }
}

fn shown(side: &LatencySide) -> String {
    let digits = if side.median_ms < 10.0 { 1 } else { 0 };
    format!("{:.digits$} ms", side.median_ms)
}

/// The URL to measure with.
#[derive(Serialize)]
pub(super) struct Probe {
    url: String,
}

/// Signs one URL to measure with.
pub(super) async fn probe(State(app): State<App>, place: Place, query: Query) -> Result<Json<Probe>, Failure> {
    let keys = vec![sign::key(query.raw("key"))?];
    let signed = sign::sign(&app, &place, keys, Verb::Get, LIFE, ResponseHeaders::default()).await?;
    let url = signed.urls.into_iter().next().ok_or_else(|| Error::internal("a batch of one has one URL"))?;
    Ok(Json(Probe { url: url.1 }))
}

/// Keeps what was measured and shows what is known now.
pub(super) async fn record(State(app): State<App>, place: Place, form: Form) -> Result<Response, Failure> {
    let read = |text: &str| text.parse().map_err(|_| Error::invalid("/ms", "a sample is a number of milliseconds"));
    let samples: Vec<f64> = form.all("ms").map(read).collect::<Result<_, Error>>()?;
    let (caller, project) = (place.here.caller(), place.here.name());
    app.broker().record_browser_latency(caller, project, &place.view.name, samples).await?;
    answer::page(&Speed::of(&app, &place).await?)
}
