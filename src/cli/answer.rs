//! What the server answered: a whole body, lines, or events, read as they come.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;

use super::failure::Failure;

/// An answer whose body has not been read yet.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Incoming,
}

impl Answer {
    pub(super) fn new(response: http::Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Turns every refusal into a failure.
    ///
    /// # Errors
    /// The server's own words, or that this is not Tidegate.
    pub(super) async fn accepted(self) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let (status, location) = (self.status, self.header(&header::LOCATION));
        let body = self.bytes().await?;
        if let Some(failure) = Failure::of_problem(&body) {
            return Err(failure);
        }
        if status.is_redirection() {
            let why = format!("it redirects to {}, and redirects are not followed", location.unwrap_or_default());
            return Err(Failure::unreached("the server is somewhere else", why));
        }
        let why = format!("the answer is HTTP {status} and not one of Tidegate");
        Err(Failure::unreached("something else answered in place of the server", why))
    }

    fn header(&self, name: &header::HeaderName) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// The revision of what was answered.
    pub(crate) fn etag(&self) -> Option<String> {
        self.header(&header::ETAG)
    }

    /// Whether the body is a stream of events.
    pub(crate) fn is_events(&self) -> bool {
        self.header(&header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    /// The whole body.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) async fn bytes(self) -> Result<Bytes, Failure> {
        self.body.collect().await.map(http_body_util::Collected::to_bytes).map_err(|error| broken(&error))
    }

    /// The body by pieces, as they come.
    pub(crate) fn pieces(self) -> Pieces {
        Pieces(self.body)
    }

    /// The body line by line.
    pub(crate) fn lines(self) -> Lines {
        Lines { pieces: self.pieces(), buffer: BytesMut::new(), searched: 0 }
    }

    /// The body event by event.
    pub(crate) fn events(self) -> Events {
        Events(self.lines())
    }
}

/// Parses what the server says.
///
/// # Errors
/// If it is not what Tidegate answers.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    // The message of the parser may quote the body, which may hold a secret: it is left out.
    serde_json::from_slice(body).map_err(|error| {
        let why = format!("it is not the expected JSON at line {}, column {}", error.line(), error.column());
        Failure::local("unexpected_answer", "the server's answer was not understood")
            .because(why)
            .mended_by("check that --server is a Tidegate of the same version")
    })
}

fn broken(error: &hyper::Error) -> Failure {
    Failure::unreached("the connection broke in the middle of the answer", error.to_string())
}

/// The body by pieces.
pub(crate) struct Pieces(Incoming);

impl Pieces {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        while let Some(frame) = self.0.frame().await {
            if let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

/// The body line by line, holding no more than one line and one piece.
pub(crate) struct Lines {
    pieces: Pieces,
    buffer: BytesMut,
    searched: usize,
}

impl Lines {
    /// The next line without its newline; `None` at the end.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let fresh = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(self.searched + at + 1);
                self.searched = 0;
                line.truncate(line.len() - 1);
                return Ok(Some(line.freeze()));
            }
            self.searched = self.buffer.len();
            match self.pieces.next().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None if self.buffer.is_empty() => return Ok(None),
                None => {
                    self.searched = 0;
                    return Ok(Some(self.buffer.split().freeze()));
                }
            }
        }
    }
}

/// A server-sent event (HTML Living Standard, section 9.2).
pub(crate) struct Event {
    /// What kind.
    pub(crate) name: String,
    /// Its data, which is JSON.
    pub(crate) data: Bytes,
}

/// The body event by event.
pub(crate) struct Events(Lines);

impl Events {
    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        let (mut name, mut data) = (String::new(), BytesMut::new());
        while let Some(line) = self.0.next().await? {
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            if line.is_empty() {
                if !data.is_empty() {
                    return Ok(Some(Event { name, data: data.freeze() }));
                }
                name.clear();
            } else if let Some(value) = field(line, b"event:") {
                name = String::from_utf8_lossy(value).into_owned();
            } else if let Some(value) = field(line, b"data:") {
                if !data.is_empty() {
                    data.extend_from_slice(b"\n");
                }
                data.extend_from_slice(value);
            }
        }
        Ok(None)
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(name).map(|value| value.strip_prefix(b" ").unwrap_or(value))
}
