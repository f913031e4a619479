//! The XML API, translated: fake-gcs-server's own cannot write, and this one keeps keys byte for byte.
//!
//! GET, HEAD, PUT and DELETE of objects, and listings of version 2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Response};
use serde_json::{Value, json};

use super::GcpCall;
use super::reply::{Refusal, answer as plain, escape};
use super::storage::Request;
use super::upstream::{Upstream, collect, encode, object_path, pass};
use crate::server::{ReplyBody, full};

const GENERATION_MATCH: &str = "x-goog-if-generation-match";
const METADATA: &str = "x-goog-meta-";

pub(super) async fn answer(
    upstream: &Upstream,
    request: &Request,
    body: Bytes,
) -> Result<Response<ReplyBody>, Refusal> {
    match request.ask.call {
        GcpCall::ObjectList => list(upstream, request).await,
        GcpCall::ObjectPut => put(upstream, request, body).await,
        GcpCall::ObjectDelete => delete(upstream, request).await,
        _ => get(upstream, request).await,
    }
}

async fn get(upstream: &Upstream, request: &Request) -> Result<Response<ReplyBody>, Refusal> {
    let target = format!("{}?alt=media", object_path("/download", &request.ask.at));
    let done = upstream.send(Method::GET, &target, request.headers.clone(), Bytes::new()).await?;
    if done.status() == 412 {
        return Err(unmet());
    }
    let mut done = pass(done);
    let headers = done.headers_mut();
    if let Some(etag) = hex_etag(headers) {
        headers.insert(ETAG, etag);
    }
    if let Some(length) = headers.get(CONTENT_LENGTH).cloned() {
        headers.insert("x-goog-stored-content-length", length);
    }
    let query = request.form();
    let overrides: [(&str, HeaderName); 2] =
        [("response-content-type", CONTENT_TYPE), ("response-content-disposition", CONTENT_DISPOSITION)];
    for (name, header) in overrides {
        if let Some(value) = query.get(name).and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(header, value);
        }
    }
    if request.ask.call == GcpCall::ObjectHead {
        // The length stays: it is what HEAD is asked for.
        let (head, _) = done.into_parts();
        return Ok(Response::from_parts(head, full("")));
    }
    Ok(done)
}

/// The XML API gives the MD5 in hexadecimal, the JSON API in base64.
fn hex_etag(headers: &HeaderMap) -> Option<HeaderValue> {
    let hashes = headers.get("x-goog-hash")?.to_str().ok()?;
    let md5 = hashes.split(',').find_map(|hash| hash.trim().strip_prefix("md5="))?;
    HeaderValue::from_str(&format!("\"{}\"", hex::encode(STANDARD.decode(md5).ok()?))).ok()
}

async fn put(upstream: &Upstream, request: &Request, body: Bytes) -> Result<Response<ReplyBody>, Refusal> {
    let at = &request.ask.at;
    let kind = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("application/octet-stream");
    let own = request.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().strip_prefix(METADATA)?.to_owned(), json!(value.to_str().ok()?)))
    });
    let metadata = json!({"name": at.key, "contentType": kind, "metadata": own.collect::<serde_json::Map<_, _>>()});
    let boundary = format!("tidegate-{}", crate::random::hex(32));
    let mut parts = format!(
        "--{boundary}\r\ncontent-type: application/json\r\n\r\n{metadata}\r\n--{boundary}\r\ncontent-type: {kind}\r\n\r\n"
    )
    .into_bytes();
    parts.extend_from_slice(&body);
    parts.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());

    let mut target = format!("/upload/storage/v1/b/{}/o?uploadType=multipart", encode(&at.bucket));
    if let Some(generation) = request.headers.get(GENERATION_MATCH).and_then(|value| value.to_str().ok()) {
        target = format!("{target}&ifGenerationMatch={}", encode(generation));
    }
    let kind = HeaderValue::from_str(&format!("multipart/related; boundary={boundary}")).map_err(|_| unmet())?;
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
    let done = upstream.send(Method::POST, &target, headers, parts.into()).await?;
    let status = done.status();
    if status == 412 {
        return Err(unmet());
    }
    let stored: Value = serde_json::from_slice(&collect(done.into_body()).await?).unwrap_or(Value::Null);
    let field = |name: &str| stored.get(name).and_then(Value::as_str).unwrap_or_default();
    if !status.is_success() {
        return Err(Refusal::invalid(format!("fake-gcs-server answered {status}: {stored}")));
    }
    let md5 = STANDARD.decode(field("md5Hash")).map(hex::encode).unwrap_or_default();
    let mut answer = plain(200, "text/html; charset=UTF-8", "");
    let headers = [
        ("etag", format!("\"{md5}\"")),
        ("x-goog-generation", field("generation").to_owned()),
        ("x-goog-hash", format!("crc32c={},md5={}", field("crc32c"), field("md5Hash"))),
        ("x-goog-stored-content-length", field("size").to_owned()),
    ];
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}

async fn delete(upstream: &Upstream, request: &Request) -> Result<Response<ReplyBody>, Refusal> {
    let done = upstream.send(Method::DELETE, &object_path("", &request.ask.at), HeaderMap::new(), Bytes::new()).await?;
    let status = if done.status().is_success() { 204 } else { done.status().as_u16() };
    Ok(plain(status, "text/html; charset=UTF-8", ""))
}

async fn list(upstream: &Upstream, request: &Request) -> Result<Response<ReplyBody>, Refusal> {
    let query = request.form();
    let mut target = format!("/storage/v1/b/{}/o?", encode(&request.ask.at.bucket));
    let names = [
        ("prefix", "prefix"),
        ("delimiter", "delimiter"),
        ("max-keys", "maxResults"),
        ("continuation-token", "pageToken"),
        ("start-after", "startOffset"),
    ];
    for (given, meant) in names {
        if let Some(value) = query.get(given) {
            target = format!("{target}{meant}={}&", encode(value));
        }
    }
    let done = upstream.send(Method::GET, &target, HeaderMap::new(), Bytes::new()).await?;
    let listed: Value = serde_json::from_slice(&collect(done.into_body()).await?).unwrap_or(Value::Null);
    Ok(plain(
        200,
        "application/xml; charset=UTF-8",
        document(&request.ask.at.bucket, &listed, query.get("start-after")),
    ))
}

fn document(bucket: &str, listed: &Value, after: Option<&str>) -> String {
    let text = |value: &Value, name: &str| escape(value.get(name).and_then(Value::as_str).unwrap_or_default());
    let next = listed.get("nextPageToken").and_then(Value::as_str);
    let mut xml = format!(
        "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>\
         <Name>{}</Name><IsTruncated>{}</IsTruncated>",
        escape(bucket),
        next.is_some()
    );
    if let Some(next) = next {
        xml.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", escape(next)));
    }
    for item in listed.get("items").and_then(Value::as_array).into_iter().flatten() {
        // A startOffset is part of what follows, a start-after is not.
        if after.is_some() && item.get("name").and_then(Value::as_str) == after {
            continue;
        }
        let md5 = item.get("md5Hash").and_then(Value::as_str).and_then(|md5| STANDARD.decode(md5).ok());
        xml.push_str(&format!(
            "<Contents><Key>{}</Key><Generation>{}</Generation><LastModified>{}</LastModified><ETag>\"{}\"</ETag>\
             <Size>{}</Size></Contents>",
            text(item, "name"),
            text(item, "generation"),
            text(item, "updated"),
            hex::encode(md5.unwrap_or_default()),
            text(item, "size"),
        ));
    }
    for prefix in listed.get("prefixes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        xml.push_str(&format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escape(prefix)));
    }
    xml + "</ListBucketResult>"
}

fn unmet() -> Refusal {
    Refusal::new(412, "PreconditionFailed", "conditionNotMet", "At least one of the pre-conditions did not hold.")
}
