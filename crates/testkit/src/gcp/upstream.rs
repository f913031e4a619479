//! The way on to fake-gcs-server, which does what the front let through.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::reply::{Refusal, upload_id};
use super::state::At;
use crate::server::{ReplyBody, full};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Objects of tests are kept in memory while they are written.
const LARGEST: usize = 256 << 20;

/// The connection to fake-gcs-server.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client<HttpConnector, ReplyBody>,
    origin: String,
}

impl Upstream {
    pub(super) fn new(origin: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, origin: origin.trim_end_matches('/').to_owned() }
    }

    pub(super) async fn send(
        &self,
        method: Method,
        target: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Refusal> {
        let fault = |why: &dyn std::fmt::Display| {
            Refusal::new(502, "InternalError", "backendError", format!("fake-gcs-server did not answer: {why}"))
        };
        for name in [HOST, AUTHORIZATION, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        let uri: Uri = format!("{}{target}", self.origin).parse().map_err(|why| fault(&why))?;
        let mut request = Request::new(full(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        self.client.request(request).await.map_err(|why| fault(&why))
    }

    /// The generation of an object, if it is there.
    pub(super) async fn generation(&self, at: &At) -> Result<Option<String>, Refusal> {
        let answer = self.send(Method::GET, &object_path("", at), HeaderMap::new(), Bytes::new()).await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let resource: serde_json::Value =
            serde_json::from_slice(&collect(answer.into_body()).await?).unwrap_or_default();
        let generation = resource.get("generation").and_then(serde_json::Value::as_str);
        Ok(Some(generation.unwrap_or_default().to_owned()))
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

/// The path of an object in the JSON API.
pub(super) fn object_path(way: &str, at: &At) -> String {
    let key = at.key.as_deref().unwrap_or_default();
    format!("{way}/storage/v1/b/{}/o/{}", encode(&at.bucket), encode(key))
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A whole body, of a request or an answer.
pub(super) async fn collect(body: Incoming) -> Result<Bytes, Refusal> {
    let read = Limited::new(body, LARGEST).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|_| Refusal::invalid("The body broke off or is too long."))
}

/// An answer passed on as a stream, with the headers of Google's storage.
pub(super) fn pass(response: Response<Incoming>) -> Response<ReplyBody> {
    let (mut head, body) = response.into_parts();
    tidy(&mut head.headers);
    Response::from_parts(head, body.map_err(Into::into).boxed())
}

/// Takes out what belongs to the connection, and fake-gcs-server's word that every page may read all.
pub(super) fn tidy(headers: &mut HeaderMap) {
    for name in [CONNECTION, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers.remove(http::header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if let Ok(id) = upload_id().parse() {
        headers.insert("x-guploader-uploadid", id);
    }
}
