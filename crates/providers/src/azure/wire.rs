//! Requests to the blob service: the one way in which keys, tokens and signatures are used.

use std::sync::Arc;

use bytes::Bytes;
use domain::clock::Clock;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;
use futures::StreamExt as _;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signing::sas;
use signing::shared_key::{SharedKey, SharedKeyRequest};

use super::address::Address;
use super::answer::refusal;
use super::tokens::Tokens;
use crate::signed::{MAX_BODY, MAX_REFUSAL, STREAM_TIMEOUT, TIMEOUT};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a request is allowed by.
#[derive(Clone)]
pub(super) enum Auth {
    /// An access token of Microsoft Entra ID, renewed as needed.
    Token(Arc<Tokens>),
    /// The key of the account, decoded.
    Key(SecretBytes),
    /// A shared access signature: the query of it.
    Signature(SecretBytes),
    /// Nothing: what a stranger would be answered.
    Nobody,
}

/// One request.
pub(super) struct Call {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// Encoded.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Call {
    /// A request without query, headers and body.
    pub(super) fn new(operation: &'static str, method: Method, path: String) -> Self {
        Self { operation, method, path, query: Vec::new(), headers: Vec::new(), body: Bytes::new() }
    }

    pub(super) fn query<const N: usize>(mut self, pairs: [(&str, &str); N]) -> Self {
        self.query.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self
    }
}

/// Sends requests to the blob service of one account.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) transport: net::Transport,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) address: Arc<Address>,
    pub(super) auth: Auth,
    /// Written to Azure's own log beside each request.
    pub(super) correlation_id: Arc<str>,
}

/// What was sent in confidence.
type Private = Option<SecretBytes>;

impl Client {
    /// Sends and takes any 2xx for an answer; the rest is the refusal of the service.
    pub(super) async fn ask(&self, call: &Call) -> Result<net::Incoming, ProviderError> {
        let (mut incoming, mut private) = self.send(call).await?;
        if self.forget_refused_token(incoming.status, private.as_ref()).await {
            (incoming, private) = self.send(call).await?;
        }
        if (200..300).contains(&incoming.status) {
            return Ok(incoming);
        }
        let private = private.as_ref().map(SecretBytes::expose);
        Err(refusal(call.operation, incoming.status, &incoming.headers, &incoming.body, private))
    }

    /// Sends and gives the whole answer, whatever its status.
    pub(super) async fn send(&self, call: &Call) -> Result<(net::Incoming, Private), ProviderError> {
        let (outgoing, private) = self.outgoing(call).await?;
        Ok((self.transport.send(outgoing).await?, private))
    }

    /// Sends and streams the body of a 2xx; the rest is the refusal of the service.
    pub(super) async fn stream(&self, call: &Call) -> Result<net::IncomingStream, ProviderError> {
        let (mut incoming, mut private) = self.begin(call).await?;
        if self.forget_refused_token(incoming.status, private.as_ref()).await {
            (incoming, private) = self.begin(call).await?;
        }
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
        Err(refusal(call.operation, incoming.status, &incoming.headers, &body, private))
    }

    async fn begin(&self, call: &Call) -> Result<(net::IncomingStream, Private), ProviderError> {
        let (outgoing, private) = self.outgoing(call).await?;
        let outgoing = net::Outgoing { timeout: STREAM_TIMEOUT, max_body: usize::MAX, ..outgoing };
        let begun = tokio::time::timeout(TIMEOUT, self.transport.stream(outgoing)).await;
        let begun = begun.map_err(|_| {
            let message = format!("no answer began within {} s", TIMEOUT.as_secs());
            ProviderError::new(Kind::Timeout, call.operation, message)
        })?;
        Ok((begun?, private))
    }

    /// A token may end before its time: whoever is refused one asks for the next, once.
    async fn forget_refused_token(&self, status: u16, sent: Option<&SecretBytes>) -> bool {
        match (&self.auth, sent) {
            (Auth::Token(tokens), Some(token)) if status == 401 => {
                tokens.forget(token).await;
                true
            }
            _ => false,
        }
    }

    async fn outgoing(&self, call: &Call) -> Result<(net::Outgoing, Private), ProviderError> {
        let at = self.clock.now();
        let mut headers = call.headers.clone();
        headers.push(("x-ms-version".to_owned(), sas::VERSION.to_owned()));
        headers.push(("x-ms-date".to_owned(), at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
        headers.push(("x-ms-client-request-id".to_owned(), self.correlation_id.to_string()));
        let mut target = with_query(&call.path, &call.query);
        let mut private = None;
        match &self.auth {
            Auth::Key(key) => {
                let signed = SharedKey::new(&self.address.account, key.expose()).sign(&SharedKeyRequest {
                    method: call.method.as_str(),
                    path: &call.path,
                    query: &call.query,
                    headers: &headers,
                    length: u64::try_from(call.body.len()).unwrap_or(u64::MAX),
                    at,
                });
                (target, headers) = (signed.path_and_query, signed.headers);
            }
            Auth::Token(tokens) => {
                let token = tokens.current().await?.value;
                let text = token.expose_str().unwrap_or_default();
                headers.push(("authorization".to_owned(), format!("Bearer {text}")));
                private = Some(token);
            }
            Auth::Signature(signature) => {
                let mark = if target.contains('?') { '&' } else { '?' };
                target.push(mark);
                target.push_str(signature.expose_str().unwrap_or_default());
            }
            Auth::Nobody => {}
        }
        let outgoing = net::Outgoing {
            operation: call.operation,
            method: call.method.clone(),
            origin: self.address.endpoint.origin(),
            host: None,
            path_and_query: target,
            headers,
            body: call.body.clone(),
            timeout: TIMEOUT,
            max_body: MAX_BODY,
        };
        Ok((outgoing, private))
    }
}

/// The path with its query, every byte encoded that could end or split it.
fn with_query(path: &str, query: &[(String, String)]) -> String {
    let pairs = query.iter().map(encoded);
    match pairs.collect::<Vec<_>>().join("&") {
        none if none.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A form as the login endpoint takes it.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let owned = pairs.iter().map(|(name, value)| encoded(&((*name).to_owned(), (*value).to_owned())));
    owned.collect::<Vec<_>>().join("&")
}

fn encoded((name, value): &(String, String)) -> String {
    format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_byte_for_byte() {
        let call = Call::new("blob:ListBlobs", Method::GET, "/data".to_owned());
        let call = call.query([("prefix", "a b/é&#%2F"), ("marker", "2!4!x==")]);
        let target = with_query(&call.path, &call.query);
        assert_eq!(target, "/data?prefix=a%20b%2F%C3%A9%26%23%252F&marker=2%214%21x%3D%3D");
        assert_eq!(with_query("/data", &[]), "/data");
        assert_eq!(form(&[("client_secret", "a+b/c=~")]), "client_secret=a%2Bb%2Fc%3D~");
    }
}
