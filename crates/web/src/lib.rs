//! The HTTP face: the API, its OpenAPI document, health and metrics.
//!
//! A file per route under `api/`; `api/mod.rs` is their table of contents. A route parses, calls one
//! use case of the broker, and shows the answer: it decides nothing itself. Every route declares its
//! action in the OpenAPI document (`x-tidegate-action`), and a test refuses one that does not.

mod api;
mod app;
mod face;

pub use api::{openapi, openapi_text};
pub use app::{App, AppConfig};

use axum::Router;

/// The whole HTTP face.
pub fn router(app: App) -> Router {
    face::layers(api::router(), app)
}

/// `/metrics` alone, for a listener of its own.
pub fn metrics_router(app: App) -> Router {
    Router::new().route("/metrics", axum::routing::get(move || std::future::ready(app.metrics_text())))
}
