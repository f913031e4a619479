//! Objects through the JSON API: what was permitted goes to fake-gcs-server as it came, and comes back
//! in the front's own name, so that clients do not follow a link past it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::reply::Refusal;
use super::storage::Request;
use super::upstream::{Upstream, pass};
use super::{GcpCall, Shared, lock};
use crate::front::Form;
use crate::server::{ReplyBody, full};

pub(super) async fn answer(
    state: &Shared,
    upstream: &Upstream,
    request: &Request,
    body: Bytes,
) -> Result<Response<ReplyBody>, Refusal> {
    let done = upstream.send(request.method.clone(), &request.target(), request.headers.clone(), body).await?;
    let done = pass(done);
    if request.ask.call == GcpCall::ObjectGet {
        return Ok(done);
    }
    in_own_name(state, upstream, done).await
}

/// The name that an upload gives its object: in the query, or in the JSON that comes first in the body.
pub(super) fn name_of_upload(query: &Form, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if let Some(name) = query.get("name") {
        return Some(name.to_owned());
    }
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let metadata = if kind.starts_with("multipart/") { first_part(body)? } else { body };
    let metadata: Value = serde_json::Deserializer::from_slice(metadata).into_iter().next()?.ok()?;
    metadata.get("name")?.as_str().map(str::to_owned)
}

/// After the blank line that ends the headers of the first part; some clients write bare line feeds.
fn first_part(body: &[u8]) -> Option<&[u8]> {
    let blanks: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let end = |blank: &[u8]| body.windows(blank.len()).position(|window| window == blank).map(|at| at + blank.len());
    body.get(blanks.into_iter().filter_map(end).min()?..)
}

/// Puts the front's address in place of fake-gcs-server's, and notes the address of an upload.
pub(super) async fn in_own_name(
    state: &Shared,
    upstream: &Upstream,
    response: Response<ReplyBody>,
) -> Result<Response<ReplyBody>, Refusal> {
    let own = lock(state).origin.clone();
    let (mut head, body) = response.into_parts();
    let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    if let Some(location) = location.map(|location| location.replace(upstream.origin(), &own)) {
        lock(state).uploads.insert(location.strip_prefix(&own).unwrap_or(&location).to_owned());
        if let Ok(location) = location.parse() {
            head.headers.insert(LOCATION, location);
        }
    }
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes);
    let bytes = bytes.map_err(|why| Refusal::new(502, "InternalError", "backendError", why.to_string()))?;
    head.headers.remove(http::header::CONTENT_LENGTH);
    let text = String::from_utf8_lossy(&bytes).replace(upstream.origin(), &own);
    Ok(Response::from_parts(head, full(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_upload_is_found_wherever_it_stands() {
        let kind = |kind: &str| HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        let none = Form::parse(b"");
        let name = |query: &Form, headers: &HeaderMap, body: &[u8]| name_of_upload(query, headers, body);
        assert_eq!(name(&Form::parse(b"name=a%2Fb"), &kind("text/plain"), b"x").as_deref(), Some("a/b"));
        assert_eq!(name(&none, &kind("application/json"), br#"{"name": "a/b"}"#).as_deref(), Some("a/b"));
        let parts =
            b"--x\r\ncontent-type: application/json\r\n\r\n{\"name\": \"a\\\"b\"}\r\n--x\r\n\r\n{\"name\": \"z\"}";
        assert_eq!(name(&none, &kind("multipart/related; boundary=x"), parts).as_deref(), Some("a\"b"));
        let bare = b"--x\ncontent-type: application/json\n\n{\"name\": \"a\"}\n--x\n\n{\"name\": \"z\"}\r\n\r\n{}";
        assert_eq!(name(&none, &kind("multipart/related; boundary=x"), bare).as_deref(), Some("a"));
        assert_eq!(name(&none, &kind("text/plain"), b"x"), None);
    }
}
