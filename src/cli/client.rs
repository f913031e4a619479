//! HTTP to the server, as any other client would do it.
//!
//! One connection, kept as long as it lives; redirects are not followed; the token goes to the
//! server that was asked for and nowhere else.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::answer::Answer;
use super::connect::{self, Origin};
use super::failure::Failure;
use super::path::ApiPath;

/// A proof may take minutes; a server that says nothing for longer is gone.
const FIRST_BYTE: Duration = Duration::from_secs(600);

/// JSON in both directions.
pub(crate) const JSON: &str = "application/json";
/// A JSON document a line.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// Server-sent events.
pub(crate) const EVENTS: &str = "text/event-stream";
/// Text.
pub(crate) const TEXT: &str = "text/plain";

/// A request.
pub(crate) struct Ask<'a> {
    method: Method,
    path: &'a ApiPath,
    accept: &'static str,
    body: Option<Bytes>,
    if_match: Option<String>,
}

impl<'a> Ask<'a> {
    /// A request without a body that takes JSON.
    pub(crate) fn new(method: Method, path: &'a ApiPath) -> Self {
        Self { method, path, accept: JSON, body: None, if_match: None }
    }

    /// Reads.
    pub(crate) fn get(path: &'a ApiPath) -> Self {
        Self::new(Method::GET, path)
    }

    /// Makes or does.
    ///
    /// # Errors
    /// If the body cannot be written as JSON.
    pub(crate) fn post(path: &'a ApiPath, body: &impl Serialize) -> Result<Self, Failure> {
        Self::new(Method::POST, path).with_json(body)
    }

    /// Whether it makes or does something.
    pub(crate) fn is_post(&self) -> bool {
        self.method == Method::POST
    }

    /// Takes another form than JSON.
    #[must_use]
    pub(crate) fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// Only if the object is still this revision.
    #[must_use]
    pub(crate) fn if_match(mut self, etag: Option<String>) -> Self {
        self.if_match = etag;
        self
    }

    /// Adds a body; it is wiped when it has been sent, for it may hold a secret.
    ///
    /// # Errors
    /// If the body cannot be written as JSON.
    pub(crate) fn with_json(self, body: &impl Serialize) -> Result<Self, Failure> {
        let text = serde_json::to_vec(body).map_err(|error| {
            Failure::local("request", "the request could not be written").because(error.to_string())
        })?;
        Ok(self.with_body(Bytes::from_owner(Zeroizing::new(text))))
    }

    /// Adds a body that is JSON already.
    #[must_use]
    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.body = Some(body);
        self
    }
}

type Sent = Request<Full<Bytes>>;
type Sender = SendRequest<Full<Bytes>>;

/// The client.
pub(crate) struct Client {
    origin: Origin,
    ca_file: Option<PathBuf>,
    token: Option<Zeroizing<String>>,
    idle: Mutex<Option<Sender>>,
    tasks: TaskTracker,
}

impl Client {
    /// A client that has not connected yet.
    pub(crate) fn new(origin: Origin, ca_file: Option<PathBuf>, token: Option<Zeroizing<String>>) -> Self {
        Self { origin, ca_file, token, idle: Mutex::new(None), tasks: TaskTracker::new() }
    }

    /// Where it goes.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    #[cfg(test)]
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Sends one request; the body of the answer before must have been read or dropped.
    ///
    /// # Errors
    /// The server's refusal, or that it was not reached.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        let mut idle = self.idle.lock().await;
        let mut request = self.request(ask)?;
        if let Some(sender) = idle.take() {
            match self.exchange(sender, request).await {
                Ok((sender, answer)) => {
                    *idle = Some(sender);
                    drop(idle);
                    return answer.accepted().await;
                }
                // The server closed the idle connection: nothing of the request had left.
                Err((Some(unsent), _)) => request = unsent,
                Err((None, failure)) => return Err(failure),
            }
        }
        let sender = self.connect().await?;
        let (sender, answer) = self.exchange(sender, request).await.map_err(|(_, failure)| failure)?;
        *idle = Some(sender);
        drop(idle);
        answer.accepted().await
    }

    /// One request on one connection; gives the request back if nothing of it was sent.
    async fn exchange(&self, mut sender: Sender, request: Sent) -> Result<(Sender, Answer), (Option<Sent>, Failure)> {
        let failed = |why: String| Failure::unreached(format!("{} did not answer", self.origin.url()), why);
        if let Err(error) = sender.ready().await {
            return Err((Some(request), failed(error.to_string())));
        }
        match tokio::time::timeout(FIRST_BYTE, sender.try_send_request(request)).await {
            Ok(Ok(response)) => Ok((sender, Answer::new(response))),
            Ok(Err(mut error)) => Err((error.take_message(), failed(error.into_error().to_string()))),
            Err(_) => Err((None, failed(format!("nothing came for {} seconds", FIRST_BYTE.as_secs())))),
        }
    }

    async fn connect(&self) -> Result<Sender, Failure> {
        let wire = connect::open(&self.origin, self.ca_file.as_ref()).await?;
        let failed = |error: hyper::Error| {
            Failure::unreached(format!("{} does not speak HTTP", self.origin.url()), error.to_string())
        };
        let (sender, connection) = http1::handshake(TokioIo::new(wire)).await.map_err(failed)?;
        // An error of the connection is also an error of the request that waits for it.
        drop(self.tasks.spawn(connection));
        Ok(sender)
    }

    fn request(&self, ask: Ask<'_>) -> Result<Sent, Failure> {
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(ask.path.as_str())
            .header(header::HOST, self.origin.authority())
            .header(header::USER_AGENT, concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, ask.accept);
        if let Some(token) = &self.token {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.as_str())).map_err(|_| {
                Failure::usage("the token has characters that no token has", "check the file or variable it comes from")
            })?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(etag) = &ask.if_match {
            request = request.header(header::IF_MATCH, etag);
        }
        if ask.method == Method::POST {
            request = request.header("idempotency-key", uuid::Uuid::new_v4().to_string());
        }
        if ask.body.is_some() {
            request = request.header(header::CONTENT_TYPE, JSON);
        }
        request
            .body(Full::new(ask.body.unwrap_or_default()))
            .map_err(|error| Failure::local("request", "the request could not be written").because(error.to_string()))
    }
}
