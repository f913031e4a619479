//! Refuses what another origin's page sends in the name of whoever is signed in here.
//!
//! The browser says where a request comes from (`Sec-Fetch-Site`, `Origin`); programs that are no browsers
//! say nothing and pass, since they have no cookie that somebody else could use.

use axum::body::Body;
use axum::http::Response;
use axum::response::IntoResponse as _;
use domain::{Error, ErrorKind};
use tower_http::csrf::{CsrfLayer, ProtectionError, ResponseForProtectionError};

use super::Failure;
use crate::App;

/// Answers a request of another origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal;

impl ResponseForProtectionError<Body> for Refusal {
    fn response_for_protection_error(&mut self, _error: ProtectionError) -> Response<Body> {
        let error = Error::new(ErrorKind::PermissionDenied, "this was sent by a page of another origin");
        let hint = "use the console's own pages; behind a proxy that changes 'Host', set 'public_url'";
        Failure(error.with_hint(hint)).into_response()
    }
}

/// The layer; the configured address of the server is its own origin whatever `Host` says.
pub(crate) fn layer(app: &App) -> CsrfLayer<Refusal> {
    let layer = CsrfLayer::new();
    let own = app.config().public_url.as_deref().map(|url| url.trim_end_matches('/'));
    let layer = match own.map(|origin| layer.clone().add_trusted_origin(origin)) {
        Some(Ok(with_own)) => with_own,
        // The configuration holds an origin; one that cannot be used is trusted no more than another.
        Some(Err(_)) | None => layer,
    };
    layer.with_rejection_response(Refusal)
}
