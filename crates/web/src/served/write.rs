//! `PUT` and `DELETE`.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::provider::{PutCondition, UploadAsk};
use domain::scope::Verb;
use domain::{Error, ErrorKind};
use futures::{StreamExt as _, TryStreamExt as _};

use super::answer::{allow, insert, text, use_of};
use super::read::refused;
use crate::App;
use crate::face::Failure;

pub(super) async fn put(app: &App, request: &Parts, body: Body) -> Result<Response, Failure> {
    let asked = &request.headers;
    let length = length(asked)?;
    let object = app.broker().open_served(use_of(&request.uri, asked, Verb::Put)).await?;
    let ask = UploadAsk {
        key: object.key.clone(),
        length,
        body: body.into_data_stream().map_err(std::io::Error::other).boxed(),
        condition: condition(asked),
        content_type: text(asked, CONTENT_TYPE).map(str::to_owned),
    };
    let stored = object.storage.upload(ask).await.map_err(|error| refused(error, &object))?;
    let mut headers = HeaderMap::new();
    if let Some(etag) = stored.etag {
        insert(&mut headers, ETAG, &format!("\"{etag}\""));
    }
    allow(&mut headers, &object.about, text(asked, ORIGIN));
    Ok((StatusCode::OK, headers).into_response())
}

pub(super) async fn delete(app: &App, request: &Parts) -> Result<Response, Failure> {
    let asked = &request.headers;
    let object = app.broker().open_served(use_of(&request.uri, asked, Verb::Delete)).await?;
    object.storage.delete(&object.key, None).await.map_err(|error| refused(error, &object))?;
    let mut headers = HeaderMap::new();
    allow(&mut headers, &object.about, text(asked, ORIGIN));
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// A body whose end is not known beforehand could end early without anybody noticing.
fn length(headers: &HeaderMap) -> Result<u64, Failure> {
    let length = text(headers, CONTENT_LENGTH).and_then(|text| text.parse().ok());
    length.ok_or_else(|| Failure(Error::new(ErrorKind::Malformed, "say how long the object is, with Content-Length")))
}

fn condition(headers: &HeaderMap) -> PutCondition {
    match (text(headers, IF_NONE_MATCH), text(headers, IF_MATCH)) {
        (Some("*"), _) => PutCondition::Absent,
        (_, Some(etag)) => PutCondition::Matches(etag.trim_matches('"').to_owned()),
        _ => PutCondition::None,
    }
}
