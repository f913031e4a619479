//! `GET` and `HEAD`.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_RANGE, IF_MATCH, IF_NONE_MATCH, IF_RANGE, ORIGIN, RANGE};
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

/// An object may be replaced between the look at it and its first byte.
const TRIES: usize = 5;

pub(super) async fn read(app: &App, request: &Parts, verb: Verb) -> Result<Response, Failure> {
    let object = app.broker().open_served(use_of(&request.uri, &request.headers, verb)).await?;
    for _ in 0..TRIES {
        if let Some(answer) = attempt(&object, &request.headers, verb).await? {
            return Ok(answer);
        }
    }
    let message = "the object is replaced faster than it can be read";
    Err(Error::new(ErrorKind::Conflict, message).with_retryable(true).into())
}

/// The answer; none where the object was replaced, so that length and entity tag would be those of another.
async fn attempt(object: &ServedObject, asked: &HeaderMap, verb: Verb) -> Result<Option<Response>, Failure> {
    let stored = object.storage.head(&object.key).await.map_err(|error| refused(error, object))?;
    let mut headers = of(object, &stored, text(asked, ORIGIN));
    if is_another(asked, &stored) {
        let message = "the object is not the one that If-Match names";
        return Err(Error::new(ErrorKind::PreconditionFailed, message).into());
    }
    if is_known(asked, &stored) {
        return Ok(Some((StatusCode::NOT_MODIFIED, headers).into_response()));
    }
    let size = stored.size.unwrap_or_default();
    let range = match verb {
        Verb::Get if is_the_same(asked, &stored) => Range::read(text(asked, RANGE), size),
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
            return Ok(Some((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()));
        }
    };
    let length = bytes.map_or(size, |(first, last)| last.saturating_sub(first).saturating_add(1));
    insert(&mut headers, CONTENT_LENGTH, &length.to_string());
    if verb == Verb::Head {
        return Ok(Some((status, headers).into_response()));
    }
    let ask = GetAsk { key: object.key.clone(), range: bytes };
    let (opened, body) = object.storage.get(&ask).await.map_err(|error| refused(error, object))?;
    let same = opened.etag == stored.etag;
    Ok(same.then(|| (status, headers, Body::from_stream(body)).into_response()))
}

/// Whether the client wants another object than this one (RFC 9110, section 13.1.1).
fn is_another(asked: &HeaderMap, stored: &Stored) -> bool {
    let Some(wanted) = asked.get(IF_MATCH) else { return false };
    let wanted = wanted.to_str().unwrap_or_default();
    let named = |etag: &String| wanted.split(',').any(|one| one.trim() == format!("\"{etag}\""));
    wanted.trim() != "*" && !stored.etag.as_ref().is_some_and(named)
}

/// Whether a part may follow what the client has (RFC 9110, section 13.1.5); a date is never exact enough.
fn is_the_same(asked: &HeaderMap, stored: &Stored) -> bool {
    let Some(known) = asked.get(IF_RANGE) else { return true };
    stored.etag.as_ref().is_some_and(|etag| known.as_bytes() == format!("\"{etag}\"").as_bytes())
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
