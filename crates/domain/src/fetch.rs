//! Plain HTTP as a browser or `curl` does it, for checking what was handed out.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::provider::ProviderError;

/// A request without any credential but what is in its URL.
#[derive(Clone)]
pub struct PlainRequest {
    /// The HTTP method.
    pub method: http::Method,
    /// The whole URL, sent byte for byte.
    pub url: String,
    /// Headers to send.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// A bound on the whole exchange.
    pub timeout: Duration,
}

/// The answer; a body over 1 MiB is cut.
#[derive(Debug, Clone)]
pub struct PlainAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body, or its beginning.
    pub body: Bytes,
}

/// Sends plain requests through the egress guard.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Sends one request; never follows a redirect.
    ///
    /// # Errors
    /// [`ProviderError`] if no answer came or the guard forbids the address.
    async fn fetch(&self, request: PlainRequest) -> Result<PlainAnswer, ProviderError>;
}
