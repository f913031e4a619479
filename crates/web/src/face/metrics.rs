//! Counters in the text form of Prometheus.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorKind};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::App;

/// Bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

/// Labels have few values: never a name, a key or an address.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: String,
    route: String,
    status: u16,
}

/// The metrics of the HTTP face.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tidegate");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Histogram::new(BOUNDS);
        registry.register("http_requests", "Requests answered, by method, route and status", requests.clone());
        registry.register("http_request_seconds", "Time to the first byte of an answer", seconds.clone());
        Self { registry, requests, seconds }
    }
}

impl Metrics {
    pub(crate) fn count(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let labels = Labels { method: method.to_owned(), route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(std::fmt::Error) => String::new(),
        }
    }
}

/// `/metrics` on the main listener: only for whoever has the operator's token.
pub(crate) async fn serve(State(app): State<App>, headers: HeaderMap) -> Response {
    let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let good = match (&app.config().metrics_token, presented) {
        (Some(token), Some(presented)) => broker::same_bytes(token.expose(), presented.as_bytes()),
        (Some(_) | None, _) => false,
    };
    if good {
        let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
        (kind, app.metrics_text()).into_response()
    } else {
        super::Failure(Error::new(ErrorKind::NotFound, "there are no metrics here for this caller")).into_response()
    }
}
