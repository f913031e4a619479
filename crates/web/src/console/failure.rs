//! Errors as pages: the same kinds, codes and words as the API, in the frame of the page that failed.
//!
//! Whoever is not signed in is asked to sign in and comes back to where he was; what he had typed into a
//! form, but no secret, comes back with him.

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::{Error, ErrorKind};

use super::form::{self, Form};
use super::frame::{Frame, Section};
use super::viewer::{Stash, bare};
use super::{answer, flash, session, sign_in};
use crate::App;
use crate::face::{Failure, From, RequestId, log, status};

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    status: u16,
    heading: &'static str,
    message: String,
    hint: Option<String>,
    code: &'static str,
    request_id: String,
    retryable: bool,
}

#[derive(Template)]
#[template(path = "failure_part.html")]
struct FailurePart {
    message: String,
    hint: Option<String>,
    code: &'static str,
    request_id: String,
}

/// What is needed of a request once it has failed.
struct Asked {
    method: Method,
    path: String,
    headers: HeaderMap,
    form: Option<Bytes>,
    request_id: String,
}

/// The layer around all pages.
pub(crate) async fn as_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let stash = Stash::default();
    let (asked, mut request) = match keep(&app, request).await {
        Ok(kept) => kept,
        Err(response) => return response,
    };
    request.extensions_mut().insert(stash.clone());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        response = answer_to(&app, &asked, &error, stash.take());
    } else if response.status() == StatusCode::OK && flash::take(&app, &asked.headers).is_some() && is_page(&response) {
        flash::clear(&app, response.headers_mut());
    }
    response
}

/// There is no such path: a page for people, a problem for programs.
pub(crate) async fn missing(State(app): State<App>, request: Request) -> Response {
    let error = Error::new(ErrorKind::NotFound, "there is no such path");
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepts.contains("text/html") || request.uri().path().starts_with("/api/") {
        return Failure(error).into_response();
    }
    match keep(&app, request).await {
        Ok((asked, _)) => answer_to(&app, &asked, &error, None),
        Err(response) => response,
    }
}

fn is_page(response: &Response) -> bool {
    response.headers().contains_key(header::REFERRER_POLICY)
}

/// Keeps what the page of an error may need.
async fn keep(app: &App, request: Request) -> Result<(Asked, Request), Response> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut asked = Asked {
        method: parts.method.clone(),
        path,
        headers: parts.headers.clone(),
        form: None,
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    };
    if parts.method != Method::POST {
        return Ok((asked, Request::from_parts(parts, body)));
    }
    let most = most(app, &mut parts).await.map_err(|error| answer_to(app, &asked, &error, None))?;
    let Ok(bytes) = axum::body::to_bytes(body, most).await else {
        let error = Error::new(ErrorKind::TooLarge, "the form is larger than the server takes");
        return Err(answer_to(app, &asked, &error, None));
    };
    asked.form = Some(bytes.clone());
    Ok((asked, Request::from_parts(parts, Body::from(bytes))))
}

/// How large a form may be. More than a little is only read of somebody who is signed in, which is looked at
/// here because the page itself looks when the form has been read.
async fn most(app: &App, parts: &mut Parts) -> Result<usize, Error> {
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length <= form::OF_STRANGERS) {
        return Ok(form::OF_STRANGERS);
    }
    let Some(token) = session::bearer_of_cookie(app, &parts.headers) else { return Ok(form::OF_STRANGERS) };
    let Ok(From(origin)) = From::from_request_parts(parts, app).await;
    let source = origin.source_ip;
    match app.broker().authenticate(&token, origin).await {
        Ok(_) => Ok(form::largest(parts.uri.path())),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => {
            app.limits().count_unauthenticated(source).map(|()| form::OF_STRANGERS)
        }
        Err(error) => Err(error),
    }
}

fn answer_to(app: &App, asked: &Asked, error: &Error, frame: Option<Frame>) -> Response {
    log(error, &asked.request_id);
    let made = match error.kind() {
        ErrorKind::Unauthenticated => to_sign_in(app, asked, error),
        ErrorKind::PasswordChangeRequired => answer::to("/account/password"),
        _ if is_part(&asked.headers) => part(asked, error),
        _ => whole(app, asked, error, frame),
    };
    made.unwrap_or_else(|Failure(worse)| {
        log(&worse, &asked.request_id);
        (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response()
    })
}

/// Whether a script asked for a part of a page.
pub(crate) fn is_part(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

fn to_sign_in(app: &App, asked: &Asked, error: &Error) -> Result<Response, Failure> {
    let shown = if asked.method == Method::GET && !is_part(&asked.headers) {
        asked.path.clone()
    } else {
        answer::came_from(&asked.headers)
    };
    if is_part(&asked.headers) && asked.method == Method::GET {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        let location = HeaderValue::from_str(&sign_in::address(&shown)).map_err(Error::internal)?;
        response.headers_mut().insert("hx-redirect", location);
        return Ok(response);
    }
    match &asked.form {
        None => answer::to(sign_in::address(&shown)),
        Some(form) => sign_in::again(app, &asked.headers, error, &shown, &Form::read(form).without_secrets()),
    }
}

fn words(asked: &Asked, error: &Error) -> String {
    match error.kind() {
        ErrorKind::Internal => {
            format!("Something went wrong inside Tidegate; the log has it under {}.", asked.request_id)
        }
        _ => sentence(error.message()),
    }
}

/// A message of the API as a sentence of a page.
pub(crate) fn sentence(message: &str) -> String {
    let first = message.split(' ').next().unwrap_or_default();
    // An address, an action or a name at the beginning stays as it is written.
    let is_word = first.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | ',' | '-'));
    let mut letters = message.chars();
    let begun: String = match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        _ => message.to_owned(),
    };
    if begun.ends_with(['.', '!', '?']) { begun } else { format!("{begun}.") }
}

fn hint(error: &Error) -> Option<String> {
    error.hint().map(sentence).or_else(|| error.remedy().map(|remedy| sentence(&remedy.summary)))
}

fn part(asked: &Asked, error: &Error) -> Result<Response, Failure> {
    let part = FailurePart {
        message: words(asked, error),
        hint: hint(error),
        code: error.code(),
        request_id: asked.request_id.clone(),
    };
    answer::page_with(status(error.kind()), &part, &super::csp::Csp::default())
}

fn whole(app: &App, asked: &Asked, error: &Error, frame: Option<Frame>) -> Result<Response, Failure> {
    let heading = heading(error.kind());
    let frame = frame.unwrap_or_else(|| bare(app, &asked.headers));
    let page = FailurePage {
        frame: Frame { title: heading.to_owned(), section: Section::None, ..frame },
        status: status(error.kind()).as_u16(),
        heading,
        message: words(asked, error),
        hint: hint(error),
        code: error.code(),
        request_id: asked.request_id.clone(),
        retryable: error.retryable(),
    };
    let mut response = answer::page_with(status(error.kind()), &page, &super::csp::Csp::default())?;
    if let Some(after) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    Ok(response)
}

fn heading(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "There is nothing here that you may see",
        ErrorKind::PermissionDenied => "You may not do this",
        ErrorKind::RateLimited | ErrorKind::ProviderThrottled => "Too fast",
        ErrorKind::ProviderDenied => "The provider refused",
        ErrorKind::ProviderUnavailable => "The provider does not answer",
        ErrorKind::AuditUnavailable => "Nothing can be recorded, so nothing is done",
        ErrorKind::Internal => "Something went wrong",
        ErrorKind::Conflict | ErrorKind::NameTaken | ErrorKind::PreconditionFailed => "This cannot be done now",
        _ => "This cannot be done",
    }
}
