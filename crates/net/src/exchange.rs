//! One request and its answer.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use domain::provider::{ProviderError, ProviderErrorKind};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use http::header::{CONTENT_LENGTH, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::origin::Origin;

/// A request. It has no `Debug`: its headers and query may be signed.
#[derive(Clone)]
pub struct Outgoing {
    /// What is asked, in the provider's word, for errors and logs.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// Where it goes: `https://host[:port]`. The egress guard judges it and the certificate must be its own.
    pub origin: String,
    /// The `Host` header, where it is not that of `origin`. It does not change where the connection goes.
    pub host: Option<String>,
    /// Path and query, beginning with `/`, sent byte for byte.
    pub path_and_query: String,
    /// Headers, except `Host`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// A bound on the whole exchange, from resolving the name to the last byte of the answer.
    pub timeout: Duration,
    /// Longest body to accept.
    pub max_body: usize,
}

/// An answer. `Debug` shows no headers and no body: they may hold credentials.
#[derive(Clone)]
pub struct Incoming {
    /// The HTTP status; a redirect is one like any other.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("status", &self.status).finish_non_exhaustive()
    }
}

/// An answer whose body is still coming.
pub struct IncomingStream {
    /// The HTTP status; a redirect is one like any other.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; ends after its first error.
    pub body: BoxStream<'static, Result<Bytes, ProviderError>>,
}

impl Outgoing {
    /// The request as the HTTP client takes it.
    pub(crate) fn build(&self, origin: &Origin) -> Result<Request<Full<Bytes>>, Failure> {
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(origin.scheme());
        uri.authority = Some(origin.authority().parse().map_err(|_| unsendable("host"))?);
        uri.path_and_query = Some(exact_path(&self.path_and_query)?);
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from_parts(uri).map_err(|_| unsendable("path"))?;
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            let (name, value) = header(name, value)?;
            headers.append(name, value);
        }
        let host = self.host.clone().unwrap_or_else(|| origin.host_header());
        headers.insert(HOST, HeaderValue::try_from(host).map_err(|_| unsendable("host"))?);
        let wants_length = matches!(self.method, Method::PUT | Method::POST | Method::PATCH);
        // Stores answer 411 to an upload without a length, also to an empty one.
        if wants_length && self.body.is_empty() && !headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(request)
    }
}

/// Takes a path only if it goes out as it is: the parser would drop a fragment.
fn exact_path(text: &str) -> Result<PathAndQuery, Failure> {
    let path = PathAndQuery::try_from(text).map_err(|_| unsendable("path"))?;
    if text.starts_with('/') && path.as_str() == text { Ok(path) } else { Err(unsendable("path")) }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    // From bytes, as text that is not ASCII is permitted too.
    HeaderName::try_from(name).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok()).ok_or_else(|| {
        Failure::new(
            ProviderErrorKind::BadRequest,
            format!(
                "the request cannot be sent: the header '{}' has characters that HTTP does not allow",
                name.escape_debug()
            ),
        )
    })
}

fn unsendable(part: &str) -> Failure {
    Failure::new(
        ProviderErrorKind::BadRequest,
        format!("the request cannot be sent: its {part} is not in the form that HTTP needs"),
    )
}

/// A body on its way, bounded in time and size.
pub(crate) struct Body {
    pub(crate) inner: hyper::body::Incoming,
    pub(crate) operation: &'static str,
    pub(crate) origin: Origin,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Instant,
    pub(crate) left: usize,
    pub(crate) limit: usize,
}

impl Body {
    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, ProviderError>> {
        self.advance().await.map_err(|failure| failure.of(self.operation)).transpose()
    }

    async fn advance(&mut self) -> Result<Option<Bytes>, Failure> {
        if usize::try_from(self.inner.size_hint().lower()).unwrap_or(usize::MAX) > self.left {
            return Err(self.too_large());
        }
        loop {
            let frame = tokio::time::timeout_at(self.deadline, self.inner.frame()).await.map_err(|_| {
                let after = self.timeout.as_secs_f64();
                Failure::new(
                    ProviderErrorKind::Timeout,
                    format!("{} began to answer but did not finish within {after} s", self.origin),
                )
            })?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| Failure::of_exchange(&error, &self.origin))?;
            // Trailers are of no use here.
            let Ok(data) = frame.into_data() else { continue };
            self.left = self.left.checked_sub(data.len()).ok_or_else(|| self.too_large())?;
            return Ok(Some(data));
        }
    }

    /// The whole body.
    pub(crate) async fn collect(mut self) -> Result<Bytes, ProviderError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole.freeze())
    }

    /// The first `limit` bytes; the rest is not waited for.
    pub(crate) async fn beginning(mut self, limit: usize) -> Result<Bytes, ProviderError> {
        let mut whole = BytesMut::new();
        while whole.len() < limit
            && let Some(piece) = self.next().await
        {
            whole.extend_from_slice(&piece?);
        }
        whole.truncate(limit);
        Ok(whole.freeze())
    }

    /// The pieces as they come.
    pub(crate) fn into_stream(self) -> BoxStream<'static, Result<Bytes, ProviderError>> {
        stream::unfold(Some(self), async |body| {
            let mut body = body?;
            let piece = body.next().await?;
            let rest = piece.is_ok().then_some(body);
            Some((piece, rest))
        })
        .boxed()
    }

    fn too_large(&self) -> Failure {
        Failure::new(
            ProviderErrorKind::NotTheProvider,
            format!(
                "{} answered with more than {} bytes, which no answer to this request has",
                self.origin, self.limit
            ),
        )
    }
}
