//! The HTTP face: the API with its OpenAPI document, the console, health and metrics.
//!
//! A file per route under `api/`; `api/mod.rs` is their table of contents. A route parses, calls one
//! use case of the broker, and shows the answer: it decides nothing itself. Every route declares its
//! action in the OpenAPI document (`x-tidegate-action`), and a test refuses one that does not.

mod api;
mod app;
mod console;
pub mod docs;
mod face;
mod served;

pub use api::{openapi, openapi_text};
pub use app::{App, AppConfig};
pub use console::{ConsolePage, console_pages};

use axum::Router;

/// The whole HTTP face.
pub fn router(app: App) -> Router {
    let routes = api::router().merge(console::router(&app));
    face::layers(routes, served::router(), app)
}

/// `/metrics` alone, for a listener of its own.
pub fn metrics_router(app: App) -> Router {
    Router::new().route("/metrics", axum::routing::get(move || std::future::ready(app.metrics_text())))
}
