//! Requests to Google: with a bearer token, bounded in time and size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::clock::Clock;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;
use futures::StreamExt as _;
use http::Method;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::de::DeserializeOwned;

use super::answer::{self, About};
use super::endpoints::Endpoints;
use crate::registry::Deps;
use crate::signed::{MAX_BODY, MAX_REFUSAL, STREAM_TIMEOUT, TIMEOUT};

/// Of tokens and signatures: shorter than what a proof gives one check, so that it can say who was slow.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(15);

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as one segment of a path or as a part of a query or form, byte for byte.
pub(super) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, UNRESERVED)
}

/// Pairs as a query or a form.
pub(super) fn pairs(pairs: &[(&str, &str)]) -> String {
    let all = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    all.collect::<Vec<_>>().join("&")
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    pub(super) about: About,
    pub(super) method: Method,
    pub(super) origin: String,
    pub(super) path_and_query: String,
    pub(super) bearer: Option<&'a SecretBytes>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl<'a> Call<'a> {
    /// A form, sent to a token service.
    pub(super) fn form(operation: &'static str, origin: &str, path: &str, form: &[(&str, &str)]) -> Self {
        Self {
            operation,
            about: About::Identity,
            method: Method::POST,
            origin: origin.to_owned(),
            path_and_query: path.to_owned(),
            bearer: None,
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: pairs(form).into(),
        }
    }

    /// A JSON document, sent as somebody.
    pub(super) fn json(
        operation: &'static str,
        origin: &str,
        path: String,
        bearer: &'a SecretBytes,
        body: &serde_json::Value,
    ) -> Self {
        Self {
            operation,
            about: About::Identity,
            method: Method::POST,
            origin: origin.to_owned(),
            path_and_query: path,
            bearer: Some(bearer),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into(),
        }
    }
}

/// Sends, and knows where and when.
#[derive(Clone)]
pub(super) struct Wire {
    transport: net::Transport,
    clock: Arc<dyn Clock>,
    pub(super) endpoints: Endpoints,
}

impl Wire {
    pub(super) fn new(deps: &Deps, endpoints: Endpoints) -> Self {
        Self { transport: deps.transport.clone(), clock: deps.clock.clone(), endpoints }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the egress guard permits an origin.
    pub(super) async fn may_reach(&self, origin: &str) -> Result<(), ProviderError> {
        self.transport.check(origin).await
    }

    /// Sends and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<net::Incoming, ProviderError> {
        self.transport.send(outgoing(call)).await
    }

    /// Sends and takes any 2xx for an answer; the rest is Google's refusal.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<net::Incoming, ProviderError> {
        let (operation, about, private) = (call.operation, call.about, call.bearer.cloned());
        let incoming = self.send(call).await?;
        if (200..300).contains(&incoming.status) {
            return Ok(incoming);
        }
        let private = private.as_ref().map(SecretBytes::expose);
        Err(answer::refusal(operation, about, incoming.status, &incoming.headers, &incoming.body, private))
    }

    /// The same, and reads the document that comes.
    pub(super) async fn document<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ProviderError> {
        let operation = call.operation;
        let incoming = self.ask(call).await?;
        serde_json::from_slice(&incoming.body)
            .map_err(|_| answer::not_google(operation, incoming.status, &incoming.headers, &incoming.body))
    }

    /// Sends and streams the body of a 2xx; the rest is Google's refusal.
    pub(super) async fn stream(&self, call: Call<'_>) -> Result<net::IncomingStream, ProviderError> {
        let (operation, about, private) = (call.operation, call.about, call.bearer.cloned());
        let outgoing = net::Outgoing { timeout: STREAM_TIMEOUT, max_body: usize::MAX, ..outgoing(call) };
        let begun = tokio::time::timeout(TIMEOUT, self.transport.stream(outgoing)).await;
        let mut incoming = begun.map_err(|_| {
            let message = format!("no answer began within {} s", TIMEOUT.as_secs());
            ProviderError::new(Kind::Timeout, operation, message)
        })??;
        if (200..300).contains(&incoming.status) {
            return Ok(incoming);
        }
        let mut body = Vec::new();
        while let Some(chunk) = incoming.body.next().await {
            body.extend_from_slice(&chunk?);
            if body.len() > MAX_REFUSAL {
                break;
            }
        }
        let private = private.as_ref().map(SecretBytes::expose);
        Err(answer::refusal(operation, about, incoming.status, &incoming.headers, &body, private))
    }
}

fn outgoing(call: Call<'_>) -> net::Outgoing {
    let timeout = if matches!(call.about, About::Identity) { TOKEN_TIMEOUT } else { TIMEOUT };
    let mut headers = call.headers;
    headers.push(("accept".to_owned(), "application/json, */*".to_owned()));
    if let Some(token) = call.bearer.and_then(SecretBytes::expose_str) {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
    net::Outgoing {
        operation: call.operation,
        method: call.method,
        origin: call.origin,
        host: None,
        path_and_query: call.path_and_query,
        headers,
        body: call.body,
        timeout,
        max_body: MAX_BODY,
    }
}
