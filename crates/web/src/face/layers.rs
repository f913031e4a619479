//! What happens around every request: its id, the network allow-list, limits, security headers, metrics,
//! and errors in one form whoever made them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorKind};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::Problem;
use super::origin::{RequestId, client};
use crate::App;

/// The largest body of a call that does not say otherwise.
const BODY_LIMIT: usize = 1024 * 1024;
/// A body that pauses for longer is given up.
const BODY_SILENCE: Duration = Duration::from_secs(30);
/// For a year; names below this one and lists that are built into browsers are not ours to decide on (RFC 6797).
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the routes. Those that are for whoever holds a URL look at no cookie, so other origins may use them.
pub(crate) fn layers(router: Router<App>, served: Router<App>, app: App) -> Router {
    router
        .layer(from_fn_with_state(app.clone(), super::idempotency::replay))
        .layer(super::cross_origin::layer(&app))
        .merge(served)
        .fallback(crate::console::missing)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE))
        .layer(CatchPanicLayer::custom(|_panic: Box<dyn std::any::Any + Send>| {
            super::Failure(Error::internal("a handler panicked")).into_response()
        }))
        .layer(from_fn_with_state(app.clone(), around))
        .with_state(app)
}

async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = uuid::Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = if permitted(&app, &request) { next.run(request).await } else { forbidden() };
    let mut response = uniform(response, &id);
    app.metrics().count(method.as_str(), &route, response.status(), started.elapsed());
    tracing::debug!(request_id = id, %method, route, status = response.status().as_u16(), "answered");
    dress(&mut response, &id);
    if app.config().strict_transport {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    response
}

fn permitted(app: &App, request: &Request) -> bool {
    let allow = &app.config().allow;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    match peer {
        _ if allow.is_empty() => true,
        Some(peer) => {
            let address = client(peer, request.headers(), &app.config().trusted_proxies);
            allow.iter().any(|net| net.contains(&address))
        }
        None => false,
    }
}

fn forbidden() -> Response {
    super::Failure(Error::new(ErrorKind::PermissionDenied, "this address may not use the server")).into_response()
}

/// Errors of ours, and those of the framework, in one form.
fn uniform(mut response: Response, id: &str) -> Response {
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        return Problem::response(&error, id);
    }
    let foreign = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Some((ErrorKind::Malformed, "this path does not know that method")),
        StatusCode::BAD_REQUEST => Some((ErrorKind::Malformed, "the path or query is not acceptable")),
        StatusCode::PAYLOAD_TOO_LARGE => Some((ErrorKind::TooLarge, "the request is over the limit of this call")),
        _ => None,
    };
    match foreign {
        Some((kind, message)) => {
            let mut problem = Problem::response_as(&Error::new(kind, message), response.status(), id);
            if let Some(methods) = response.headers_mut().remove(header::ALLOW) {
                problem.headers_mut().insert(header::ALLOW, methods);
            }
            problem
        }
        None => response,
    }
}

fn dress(response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // A page that was opened by another origin's gets no handle on it.
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
