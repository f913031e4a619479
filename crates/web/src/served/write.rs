//! `PUT` and `DELETE`.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use broker::ServedObject;
use bytes::Bytes;
use domain::provider::{PutCondition, UploadAsk};
use domain::scope::Verb;
use domain::{Error, ErrorKind};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};

use super::answer::{allow, insert, text, use_of};
use super::read::refused;
use crate::App;
use crate::face::Failure;

pub(super) async fn put(app: &App, request: &Parts, body: Body) -> Result<Response, Failure> {
    let asked = &request.headers;
    let (length, condition) = (length(asked)?, condition(asked)?);
    let object = app.broker().open_served(use_of(&request.uri, asked, Verb::Put)).await?;
    let ask = UploadAsk {
        key: object.key.clone(),
        length,
        body: while_it_works(app, &request.uri, &object, body),
        condition,
        content_type: text(asked, CONTENT_TYPE).map(str::to_owned),
    };
    let stored = match object.storage.upload(ask).await {
        Ok(stored) => stored,
        Err(error) => {
            still_works(app, &request.uri, &object).await?;
            return Err(refused(error, &object));
        }
    };
    let mut headers = HeaderMap::new();
    if let Some(etag) = stored.etag {
        insert(&mut headers, ETAG, &format!("\"{etag}\""));
    }
    allow(&mut headers, &object.about, text(asked, ORIGIN));
    Ok((StatusCode::OK, headers).into_response())
}

/// The body, with an error at its end where access was taken back while it came: nothing is kept then.
fn while_it_works(
    app: &App,
    uri: &Uri,
    object: &ServedObject,
    body: Body,
) -> BoxStream<'static, std::io::Result<Bytes>> {
    let (app, uri, since) = (app.clone(), uri.clone(), object.since);
    let end = async move {
        let works = app.broker().still_served(uri.path(), uri.query().unwrap_or_default(), since).await;
        works.map(|()| Bytes::new()).map_err(std::io::Error::other)
    };
    body.into_data_stream().map_err(std::io::Error::other).chain(stream::once(end)).boxed()
}

async fn still_works(app: &App, uri: &Uri, object: &ServedObject) -> Result<(), Failure> {
    Ok(app.broker().still_served(uri.path(), uri.query().unwrap_or_default(), object.since).await?)
}

pub(super) async fn delete(app: &App, request: &Parts) -> Result<Response, Failure> {
    let asked = &request.headers;
    if [IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE].iter().any(|name| asked.contains_key(name)) {
        return Err(unknown("an object is removed without conditions here"));
    }
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

/// A condition that is not understood is never taken for none.
fn condition(headers: &HeaderMap) -> Result<PutCondition, Failure> {
    if headers.contains_key(IF_UNMODIFIED_SINCE) {
        return Err(unknown("times are too coarse to tell objects apart: use 'If-Match' with an entity tag"));
    }
    let given = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (given(IF_NONE_MATCH), given(IF_MATCH)) {
        (None, None) => Ok(PutCondition::None),
        (Some("*"), None) => Ok(PutCondition::Absent),
        (None, Some(etag)) if etag.starts_with('"') => Ok(PutCondition::Matches(etag.trim_matches('"').to_owned())),
        _ => Err(unknown("a PUT knows 'If-None-Match: *', or 'If-Match' with one entity tag")),
    }
}

fn unknown(message: &str) -> Failure {
    Failure(Error::new(ErrorKind::Malformed, message))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_condition_that_is_not_understood_is_refused_and_never_ignored() {
        let read = |pairs: &[(HeaderName, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
            condition(&pairs.collect())
        };
        assert!(matches!(read(&[]), Ok(PutCondition::None)));
        assert!(matches!(read(&[(IF_NONE_MATCH, "*")]), Ok(PutCondition::Absent)));
        assert!(matches!(read(&[(IF_MATCH, "\"a-b\"")]), Ok(PutCondition::Matches(etag)) if etag == "a-b"));
        for bad in [
            &[(IF_NONE_MATCH, "\"a\"")][..],
            &[(IF_MATCH, "*")],
            &[(IF_MATCH, "W/\"a\"")],
            &[(IF_MATCH, "")],
            &[(IF_NONE_MATCH, "*"), (IF_MATCH, "\"a\"")],
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
