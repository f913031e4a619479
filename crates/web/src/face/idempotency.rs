//! `Idempotency-Key` on POST: the same key and body give the same outcome.
//!
//! A plain call is remembered around its route: where its answer may be kept it is given again, elsewhere
//! the repeat is refused, so that a route that is not listed here never leaves a secret in the store. Calls
//! that hand something out read the key themselves and issue again under the same grant.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts as _, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use broker::{Begun, BegunCall, Call};
use domain::{Error, ErrorKind};
use serde::de::DeserializeOwned;

use super::{Failure, Signed, body};
use crate::App;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The largest request that is remembered, and the largest answer that is kept.
const LIMIT: usize = 1024 * 1024;
/// Parsing more than so much takes a thread of its own.
const LARGE: usize = 256 * 1024;

/// Calls that hand something out, under `/api/v1/projects/{project}`.
const HANDS_OUT: [&str; 2] = ["/datasources/{name}/urls", "/datasources/{name}/credentials"];

/// Calls whose answers hold nothing that is shown once, under `/api/v1/projects/{project}`.
const KEPT: [&str; 14] = [
    "/integrations",
    "/integrations/{name}/prove",
    "/integrations/{name}/pause",
    "/integrations/{name}/resume",
    "/integrations/{name}/proof-runs",
    "/datasources",
    "/datasources/{name}/prove",
    "/datasources/{name}/proof-runs",
    "/grants/{id}/revoke",
    "/grants/revoke",
    "/members",
    "/service-accounts",
    "/key/rotate",
    "/integrations/{name}/secrets/{field}/rollback",
];

/// Calls whose answers are not kept: they may hold a password or token, or matter to nobody twice.
#[cfg(test)]
const NOT_KEPT: [&str; 7] = [
    "/sessions",
    "/users",
    "/users/{name}/reset-password",
    "/users/{name}/password",
    "/key/rewrap",
    "/issuer/rotate",
    "/projects/{project}/tokens",
];

/// How a route treats a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// The route itself issues again.
    Route,
    /// The answer is kept and given again.
    Answer,
    /// Only that it was done.
    Deed,
}

fn memory(path: &str) -> Memory {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    match path.strip_prefix("/projects/{project}") {
        Some(rest) if HANDS_OUT.contains(&rest) => Memory::Route,
        Some(rest) if KEPT.contains(&rest) => Memory::Answer,
        None if path == "/projects" => Memory::Answer,
        _ => Memory::Deed,
    }
}

/// Whether somebody has thought about repeats of this route.
#[cfg(test)]
pub(crate) fn is_known(path: &str) -> bool {
    let bare = path.strip_prefix("/api/v1").unwrap_or(path);
    memory(path) != Memory::Deed || NOT_KEPT.contains(&bare)
}

/// A body whose call may be repeated, for routes that hand something out.
pub(crate) struct Repeatable<T> {
    pub(crate) ask: T,
    pub(crate) call: Option<Call>,
}

impl<S: Send + Sync, T: DeserializeOwned + Send + 'static> FromRequest<S> for Repeatable<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let key = key(request.headers())?;
        let target = format!("POST {}", request.uri().path());
        let bytes = body::read(request, state).await?;
        let large = bytes.len() > LARGE;
        let work = move || {
            let call = key.map(|key| Call::new(&key, &target, &bytes)).transpose()?;
            Ok(Self { ask: body::parse(&bytes)?, call })
        };
        let parsed = match large {
            true => tokio::task::spawn_blocking(work).await.map_err(Error::internal)?,
            false => work(),
        };
        parsed.map_err(Failure)
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Error::new(ErrorKind::Invalid, "an Idempotency-Key is visible ASCII")),
    }
}

/// Remembers plain calls around their routes.
pub(super) async fn replay(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let signed = request.headers().contains_key(header::AUTHORIZATION);
    match path {
        Some(path) if request.method() == Method::POST && signed && request.headers().contains_key(KEY) => {
            match memory(&path) {
                Memory::Route => next.run(request).await,
                memory => remembered(&app, request, next, memory == Memory::Answer)
                    .await
                    .unwrap_or_else(|failure| failure.into_response()),
            }
        }
        _ => next.run(request).await,
    }
}

async fn remembered(app: &App, request: Request, next: Next, keeps: bool) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let Signed(caller) = Signed::from_request_parts(&mut parts, app).await?;
    let bytes = axum::body::to_bytes(body, LIMIT)
        .await
        .map_err(|_| Error::new(ErrorKind::TooLarge, "the request's body is over the limit of this call"))?;
    let key = key(&parts.headers)?.unwrap_or_default();
    let target = format!("POST {}", parts.uri.path_and_query().map_or("/", |target| target.as_str()));
    let call = Call::new(&key, &target, &bytes)?;
    let project = project(parts.uri.path()).map(str::to_owned);
    let begun = app.broker().begin_call(&caller, project.as_deref(), &call).await?;
    let request = Request::from_parts(parts, Body::from(bytes));
    match begun {
        Begun::Unremembered => Ok(next.run(request).await),
        Begun::Again { status, response } => Ok(again(status, response)),
        Begun::First(begun) => {
            // Goes on even if the client goes away: whoever comes back with the same key gets the outcome.
            let (app, broker) = (app.clone(), app.broker().clone());
            let call = async move { first(&app, begun, next.run(request).await, keeps).await };
            broker.in_background(call).await.map_err(|broken| Failure(Error::internal(broken)))
        }
    }
}

/// The project that a path is in.
fn project(path: &str) -> Option<&str> {
    path.strip_prefix("/api/v1/projects/")?.split('/').next().filter(|name| !name.is_empty())
}

fn again(status: u16, response: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, headers, response).into_response()
}

async fn first(app: &App, begun: BegunCall, response: Response, keeps: bool) -> Response {
    if !response.status().is_success() {
        finish(app, begun, None).await;
        return response;
    }
    let status = response.status().as_u16();
    let small = response.body().size_hint().exact().is_some_and(|size| size <= LIMIT as u64);
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !(keeps && small && (json || response.status() == StatusCode::NO_CONTENT)) {
        finish(app, begun, Some((status, None))).await;
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LIMIT).await else {
        finish(app, begun, Some((status, None))).await;
        return Failure(Error::internal("an answer of known size could not be read")).into_response();
    };
    finish(app, begun, Some((status, text(&bytes)))).await;
    Response::from_parts(parts, Body::from(bytes))
}

fn text(bytes: &Bytes) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// The call was done: that it could not be remembered must not hide its answer.
async fn finish(app: &App, begun: BegunCall, ended: Option<(u16, Option<String>)>) {
    if let Err(error) = app.broker().finish_call(begun, ended).await {
        tracing::warn!(%error, "a finished call could not be remembered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_only_where_it_was_said_so() {
        let of_a_project = |rest: &str| memory(&format!("/api/v1/projects/{{project}}{rest}"));
        assert_eq!(of_a_project("/datasources/{name}/urls"), Memory::Route);
        assert_eq!(of_a_project("/integrations"), Memory::Answer);
        assert_eq!(of_a_project("/tokens"), Memory::Deed);
        assert_eq!(of_a_project("/made-up-tomorrow"), Memory::Deed);
        assert_eq!(memory("/api/v1/projects"), Memory::Answer);
        assert_eq!(memory("/api/v1/users"), Memory::Deed);
    }

    #[test]
    fn project_is_that_of_the_path() {
        assert_eq!(project("/api/v1/projects/p/grants/revoke"), Some("p"));
        assert_eq!(project("/api/v1/projects"), None);
        assert_eq!(project("/api/v1/users"), None);
    }
}
