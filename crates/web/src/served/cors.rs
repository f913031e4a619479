//! `OPTIONS`: what a browser asks before it lets a page of another origin use a URL.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ORIGIN,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::answer::{allow, insert, text};
use crate::App;
use crate::face::Failure;

const HEADERS: HeaderValue = HeaderValue::from_static("content-type, range, if-match, if-none-match");

pub(super) async fn preflight(app: &App, request: &Parts) -> Result<Response, Failure> {
    let uri = &request.uri;
    let about = app.broker().served(uri.path(), uri.query().unwrap_or_default()).await?;
    let mut headers = HeaderMap::new();
    allow(&mut headers, &about, text(&request.headers, ORIGIN));
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        insert(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, about.verb.as_str());
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
