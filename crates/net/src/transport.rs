//! Sends requests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::fetch::{Fetch, PlainAnswer, PlainRequest};
use domain::provider::{ProviderError, ProviderErrorKind};
use domain::{Error, Result};
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ipnet::IpNet;
use tokio::time::Instant;

use crate::config::EgressConfig;
use crate::connector::{Connector, Egress, Used};
use crate::exchange::{Body, Incoming, IncomingStream, Outgoing};
use crate::failure::{Failure, closed_unanswered};
use crate::guard::Guard;
use crate::network::{Dial, Resolve, SystemDialer, SystemResolver};
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::tls::Tls;

const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 32;

/// Where the body of a plain request is cut.
const PLAIN_BODY: usize = 1024 * 1024;

/// In place of a deadline that the clock cannot hold.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 3600);

/// The way out of the process. Clones share connections; two transports never do.
#[derive(Clone)]
pub struct Transport {
    egress: Arc<Egress>,
    client: Client<Connector, Full<Bytes>>,
}

impl Transport {
    /// A transport with the names and sockets of the machine. No I/O happens yet.
    ///
    /// # Errors
    /// `invalid` with `/egress/proxy` or `/egress/ca_file`.
    pub fn new(config: EgressConfig) -> Result<Self> {
        Self::with_network(config, Arc::new(SystemResolver), Arc::new(SystemDialer))
    }

    /// A transport with other names and sockets, for tests.
    ///
    /// # Errors
    /// As [`Transport::new`].
    pub fn with_network(config: EgressConfig, resolver: Arc<dyn Resolve>, dialer: Arc<dyn Dial>) -> Result<Self> {
        let tls = Tls::new(config.ca_pem.as_deref()).map_err(|sentence| Error::invalid("/egress/ca_file", sentence))?;
        let proxy = config.proxy.as_deref().map(Proxy::parse).transpose();
        let proxy = proxy.map_err(|sentence| Error::invalid("/egress/proxy", sentence))?;
        Ok(Self::of(Egress { guard: Guard::new(config.allow), resolver, dialer, proxy, tls }))
    }

    /// The transport of the ambient client: past the guard to these addresses, and never through a proxy.
    pub(crate) fn ambient(addresses: &'static [IpNet]) -> Result<Self> {
        let tls = Tls::new(None).map_err(|sentence| Error::internal(sentence.to_owned()))?;
        let (resolver, dialer) = (Arc::new(SystemResolver), Arc::new(SystemDialer));
        Ok(Self::of(Egress { guard: Guard::ambient(addresses), resolver, dialer, proxy: None, tls }))
    }

    fn of(egress: Egress) -> Self {
        let egress = Arc::new(egress);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
            .set_host(false)
            .build(Connector(Arc::clone(&egress)));
        Self { egress, client }
    }

    /// Whether the guard lets this origin be reached; resolves its name and opens no connection.
    ///
    /// # Errors
    /// `EgressDenied` naming the address, the rule and the setting; `Network` or `Timeout` where the name
    /// cannot be resolved.
    pub async fn check(&self, origin: &str) -> Result<(), ProviderError> {
        const OPERATION: &str = "egress";
        let origin = Origin::parse(origin).map_err(|failure| failure.of(OPERATION))?;
        self.egress.check(&origin).await.map_err(|failure| failure.of(OPERATION))
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// `EgressDenied`, `Network`, `Timeout`; `NotTheProvider` where the answer is not HTTP or too long.
    pub async fn send(&self, out: Outgoing) -> Result<Incoming, ProviderError> {
        let (status, headers, body) = self.open(&out).await?;
        Ok(Incoming { status, headers, body: body.collect().await? })
    }

    /// Sends a request and hands over the body as it comes.
    ///
    /// The time limit holds for the body too, and so does the limit of its length.
    ///
    /// # Errors
    /// As [`Transport::send`]; afterwards the stream itself may fail.
    pub async fn stream(&self, out: Outgoing) -> Result<IncomingStream, ProviderError> {
        let (status, headers, body) = self.open(&out).await?;
        Ok(IncomingStream { status, headers, body: body.into_stream() })
    }

    async fn open(&self, out: &Outgoing) -> Result<(u16, HeaderMap, Body), ProviderError> {
        let started = Instant::now();
        let deadline = started.checked_add(out.timeout).unwrap_or_else(|| started + FAR_AWAY);
        let of = |failure: Failure| failure.of(out.operation);
        let origin = Origin::parse(&out.origin).map_err(of)?;
        let request = out.build(&origin).map_err(of)?;
        let answer = tokio::time::timeout_at(deadline, self.exchange(request, &origin)).await.unwrap_or_else(|_| {
            let after = out.timeout.as_secs_f64();
            Err(Failure::new(ProviderErrorKind::Timeout, format!("{origin} did not answer within {after} s")))
        });
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let host = origin.host();
        match answer {
            Ok(answer) => {
                let (head, inner) = answer.into_parts();
                let status = head.status.as_u16();
                tracing::debug!(operation = out.operation, host, status, elapsed_ms, "answered");
                let body = Body {
                    inner,
                    operation: out.operation,
                    timeout: out.timeout,
                    deadline,
                    left: out.max_body,
                    limit: out.max_body,
                    origin,
                };
                Ok((status, head.headers, body))
            }
            Err(failure) => {
                tracing::debug!(operation = out.operation, host, elapsed_ms, why = %failure, "not answered");
                Err(of(failure))
            }
        }
    }

    /// One exchange; a request that changes nothing is sent once more if the connection it was given had been
    /// closed meanwhile. Requests that were never begun are repeated by the client itself.
    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        origin: &Origin,
    ) -> Result<Response<hyper::body::Incoming>, Failure> {
        let again = request.method().is_safe().then(|| request.clone());
        let answer = match (self.client.request(request).await, again) {
            (Err(error), Some(again)) if stale(&error) => self.client.request(again).await,
            (answer, _) => answer,
        };
        let answer = answer.map_err(|error| Failure::of_exchange(&error, origin))?;
        if let Some(used) = answer.extensions().get::<Used>() {
            used.mark();
        }
        Ok(answer)
    }
}

#[async_trait]
impl Fetch for Transport {
    async fn fetch(&self, request: PlainRequest) -> Result<PlainAnswer, ProviderError> {
        let (origin, path_and_query) = split_url(&request.url);
        let out = Outgoing {
            operation: "fetch",
            method: request.method,
            origin,
            host: None,
            path_and_query,
            headers: request.headers,
            body: request.body,
            timeout: request.timeout,
            max_body: usize::MAX,
        };
        let (status, headers, body) = self.open(&out).await?;
        Ok(PlainAnswer { status, headers, body: body.beginning(PLAIN_BODY).await? })
    }
}

/// Whether a connection that had answered before was closed without answering this time.
fn stale(error: &ClientError) -> bool {
    let mut extensions = http::Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extensions);
    }
    extensions.get::<Used>().is_some_and(Used::get) && closed_unanswered(error)
}

/// Splits a URL without touching its bytes; a fragment is never sent.
pub(crate) fn split_url(url: &str) -> (String, String) {
    let url = url.split_once('#').map_or(url, |(sent, _)| sent);
    let host = url.find("://").map_or(0, |at| at + 3);
    let cut = url.get(host..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| host + at);
    let (origin, rest) = url.split_at(cut);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    (origin.to_owned(), format!("{slash}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_split_without_touching_its_bytes() {
        for (url, origin, path) in [
            ("https://h:1/a//..%2E?x=%2f", "https://h:1", "/a//..%2E?x=%2f"),
            ("https://h?x=1#f", "https://h", "/?x=1"),
            ("https://h", "https://h", "/"),
            ("https://h//", "https://h", "//"),
        ] {
            assert_eq!(split_url(url), (origin.to_owned(), path.to_owned()), "{url}");
        }
    }
}
