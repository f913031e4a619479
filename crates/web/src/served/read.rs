//! `GET` and `HEAD`.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_RANGE, IF_NONE_MATCH, ORIGIN, RANGE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use broker::ServedObject;
use domain::provider::{GetAsk, ProviderError, ProviderErrorKind, Stored};
use domain::scope::Verb;
use domain::{Error, ErrorKind};

use super::answer::{insert, of, text, use_of};
use super::range::Range;
use crate::App;
use crate::face::Failure;

pub(super) async fn read(app: &App, request: &Parts, verb: Verb) -> Result<Response, Failure> {
    let asked = &request.headers;
    let object = app.broker().open_served(use_of(&request.uri, asked, verb)).await?;
    let stored = object.storage.head(&object.key).await.map_err(|error| refused(error, &object))?;
    let mut headers = of(&object, &stored, text(asked, ORIGIN));
    if is_known(asked, &stored) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let size = stored.size.unwrap_or_default();
    let range = match verb {
        Verb::Get => Range::read(text(asked, RANGE), size),
        _ => Range::Whole,
    };
    let (status, bytes) = match range {
        Range::Whole => (StatusCode::OK, None),
        Range::Part(first, last) => {
            insert(&mut headers, CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
            (StatusCode::PARTIAL_CONTENT, Some((first, last)))
        }
        Range::Outside => {
            insert(&mut headers, CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    let length = bytes.map_or(size, |(first, last)| last.saturating_sub(first).saturating_add(1));
    insert(&mut headers, CONTENT_LENGTH, &length.to_string());
    if verb == Verb::Head {
        return Ok((status, headers).into_response());
    }
    let ask = GetAsk { key: object.key.clone(), range: bytes };
    let (_, body) = object.storage.get(&ask).await.map_err(|error| refused(error, &object))?;
    Ok((status, headers, Body::from_stream(body)).into_response())
}

fn is_known(asked: &HeaderMap, stored: &Stored) -> bool {
    let known = text(asked, IF_NONE_MATCH).unwrap_or_default();
    stored.etag.as_ref().is_some_and(|etag| known.split(',').any(|known| known.trim() == format!("\"{etag}\"")))
}

/// Whoever holds a URL may know that its object is not there.
pub(super) fn refused(error: ProviderError, object: &ServedObject) -> Failure {
    match error.kind {
        ProviderErrorKind::NoSuchKey | ProviderErrorKind::NoSuchBucket => {
            Failure(Error::not_found("object", &object.key))
        }
        ProviderErrorKind::PreconditionFailed => {
            Failure(Error::new(ErrorKind::PreconditionFailed, "the object is not as the request expects it"))
        }
        ProviderErrorKind::BadRequest => Failure(Error::new(ErrorKind::Invalid, error.message)),
        _ => Failure(error.into()),
    }
}
