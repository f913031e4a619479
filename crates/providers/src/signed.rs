//! Signed requests: the one way in which keys are used.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::clock::Clock;
use domain::provider::{ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;
use http::Method;
use jiff::Timestamp;
use signing::{Endpoint, Keys, Payload};

use crate::answer;

/// Longest body of an answer that is read whole. A page of 1,000 keys of 1,024 encoded bytes has less than 4 MiB.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

/// Longest wait for an answer; of one that is streamed, for its beginning.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Longest stream of a body.
pub(crate) const STREAM_TIMEOUT: Duration = Duration::from_hours(1);

/// Longest body of a refusal that is read from a stream.
pub(crate) const MAX_REFUSAL: usize = 64 * 1024;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Keys with which requests are signed.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretBytes,
    pub(crate) session_token: Option<SecretBytes>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl KeySet {
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys {
            access_key_id: &self.access_key_id,
            secret_access_key: self.secret_access_key.expose(),
            session_token: self.session_token.as_ref().and_then(SecretBytes::expose_str),
        }
    }

    fn private(&self) -> Option<&[u8]> {
        self.session_token.as_ref().map(SecretBytes::expose)
    }
}

/// One request.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) service: &'static str,
    pub(crate) region: &'a str,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) bucket: Option<&'a str>,
    pub(crate) key: &'a str,
    pub(crate) method: Method,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl<'a> Call<'a> {
    /// A request without query, headers and body.
    pub(crate) fn s3(operation: &'static str, method: Method, region: &'a str, endpoint: &'a Endpoint) -> Self {
        Self {
            operation,
            service: "s3",
            region,
            endpoint,
            bucket: None,
            key: "",
            method,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A form of the query protocol, as STS and IAM take it.
    pub(crate) fn form(
        operation: &'static str,
        service: &'static str,
        region: &'a str,
        endpoint: &'a Endpoint,
        form: &[(&str, &str)],
    ) -> Self {
        Self {
            service,
            headers: vec![("content-type".to_owned(), FORM.to_owned())],
            body: Bytes::from(encode_form(form)),
            ..Self::s3(operation, Method::POST, region, endpoint)
        }
    }
}

/// Percent-encodes everything but unreserved characters. Ceph's gateway does not decode `+` in a form, so a
/// blank must be `%20`.
fn encode_form(form: &[(&str, &str)]) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let pairs = form.iter().map(|(name, value)| {
        format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Signs and sends.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) transport: net::Transport,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Wire {
    /// Sends and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, keys: &KeySet, call: Call<'_>) -> Result<net::Incoming, ProviderError> {
        self.transport.send(self.outgoing(keys, call)).await
    }

    /// Sends and takes any 2xx for an answer; the rest is the provider's refusal.
    pub(crate) async fn ask(&self, keys: &KeySet, call: Call<'_>) -> Result<net::Incoming, ProviderError> {
        let operation = call.operation;
        let incoming = self.send(keys, call).await?;
        if (200..300).contains(&incoming.status) {
            return Ok(incoming);
        }
        Err(answer::refusal(operation, incoming.status, &incoming.headers, &incoming.body, keys.private()))
    }

    /// Sends and streams the body of a 2xx; the rest is the provider's refusal.
    pub(crate) async fn stream(&self, keys: &KeySet, call: Call<'_>) -> Result<net::IncomingStream, ProviderError> {
        use futures::StreamExt as _;
        let operation = call.operation;
        let outgoing = net::Outgoing { timeout: STREAM_TIMEOUT, max_body: usize::MAX, ..self.outgoing(keys, call) };
        let begun = tokio::time::timeout(TIMEOUT, self.transport.stream(outgoing)).await;
        let mut incoming = begun.map_err(|_| {
            let message = format!("no answer began within {} s", TIMEOUT.as_secs());
            ProviderError::new(ProviderErrorKind::Timeout, operation, message)
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
        Err(answer::refusal(operation, incoming.status, &incoming.headers, &body, keys.private()))
    }

    /// Sends without any signature: what a stranger would be answered.
    pub(crate) async fn unsigned(
        &self,
        operation: &'static str,
        endpoint: &Endpoint,
    ) -> Result<net::Incoming, ProviderError> {
        let outgoing = net::Outgoing {
            operation,
            method: Method::GET,
            origin: endpoint.origin(),
            host: None,
            path_and_query: "/".to_owned(),
            headers: vec![("accept".to_owned(), "application/xml".to_owned())],
            body: Bytes::new(),
            timeout: TIMEOUT,
            max_body: MAX_BODY,
        };
        self.transport.send(outgoing).await
    }

    /// Sends a form that speaks for itself, without a signature; `private` never comes back in a message.
    pub(crate) async fn post_form(
        &self,
        operation: &'static str,
        endpoint: &Endpoint,
        form: &[(&str, &str)],
        private: &SecretBytes,
    ) -> Result<net::Incoming, ProviderError> {
        let outgoing = net::Outgoing {
            operation,
            method: Method::POST,
            origin: endpoint.origin(),
            host: None,
            path_and_query: "/".to_owned(),
            headers: vec![("content-type".to_owned(), FORM.to_owned())],
            body: Bytes::from(encode_form(form)),
            timeout: TIMEOUT,
            max_body: MAX_BODY,
        };
        let incoming = self.transport.send(outgoing).await?;
        if (200..300).contains(&incoming.status) {
            return Ok(incoming);
        }
        Err(answer::refusal(operation, incoming.status, &incoming.headers, &incoming.body, Some(private.expose())))
    }

    fn outgoing(&self, keys: &KeySet, call: Call<'_>) -> net::Outgoing {
        let host = call.endpoint.host(call.bucket);
        let path = call.endpoint.path(call.bucket, call.key);
        let signed = signing::sign_request(
            &keys.keys(),
            &signing::Request {
                method: call.method.as_str(),
                host: &host,
                path: &path,
                query: &call.query,
                headers: &call.headers,
                payload: Payload::Bytes(&call.body),
                service: call.service,
                region: call.region,
                at: self.clock.now(),
            },
        );
        net::Outgoing {
            operation: call.operation,
            method: call.method,
            origin: origin_of(call.endpoint, &host),
            host: None,
            path_and_query: signed.path_and_query,
            headers: signed.headers,
            body: call.body,
            timeout: TIMEOUT,
            max_body: MAX_BODY,
        }
    }
}

/// The origin to connect to: with virtual-host addressing the bucket is part of it.
fn origin_of(endpoint: &Endpoint, host: &str) -> String {
    let scheme = match endpoint.scheme() {
        signing::Scheme::Http => "http",
        signing::Scheme::Https => "https",
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_in_a_form_is_never_a_plus() {
        let form = encode_form(&[("Action", "AssumeRole"), ("Policy", "{\"a b\":\"c+d/é\"}")]);
        assert_eq!(form, "Action=AssumeRole&Policy=%7B%22a%20b%22%3A%22c%2Bd%2F%C3%A9%22%7D");
    }
}
