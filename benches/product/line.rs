//! A connection to the server that is kept, as a client under load has it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use testkit::Tidegate;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::world::PROJECT;

/// One connection and the token of the administrator.
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    bearer: String,
}

/// What a browser was sent.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    /// Until the head was there, which comes with the first byte.
    pub(crate) first: Duration,
    /// Until all of it was there.
    pub(crate) whole: Duration,
    /// As it was sent, packed or not.
    pub(crate) body: Bytes,
}

/// What came back, only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
}

impl Line {
    /// Connects.
    pub(crate) async fn open(tidegate: &Tidegate) -> Self {
        let authority = tidegate.url().trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&authority).await.expect("the server takes connections");
        stream.set_nodelay(true).expect("a connection can be told not to wait");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the server speaks HTTP");
        // It ends with the sender.
        drop(TaskTracker::new().spawn(connection));
        Self { sender, authority, bearer: format!("Bearer {}", tidegate.admin_token()) }
    }

    /// Sends one request below the project and waits for the head of the answer.
    async fn send(&mut self, method: Method, path: &str, accept: &str, body: Bytes) -> (StatusCode, Incoming) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/projects/{PROJECT}/{path}"))
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, &self.bearer)
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("a benchmark gives a valid request");
        let (head, body) = self.answer(request).await.into_parts();
        (head.status, body)
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.sender.ready().await.expect("the connection is kept");
        self.sender.send_request(request).await.expect("the server answers")
    }

    /// `GET` as a browser does it that holds this session.
    pub(crate) async fn page(&mut self, session: &str, path: &str) -> Page {
        let request = Request::get(path)
            .header(header::HOST, &self.authority)
            .header(header::COOKIE, format!("tidegate={session}"))
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .body(Full::default())
            .expect("a benchmark gives a valid request");
        let start = Instant::now();
        let (head, body) = self.answer(request).await.into_parts();
        let first = start.elapsed();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        Page { status: head.status, first, whole: start.elapsed(), body }
    }

    /// The whole answer to a request that must succeed.
    pub(crate) async fn call(&mut self, method: Method, path: &str, body: Bytes) -> Bytes {
        let (status, answer) = self.send(method, path, "application/json", body).await;
        let bytes = answer.collect().await.expect("the answer is whole").to_bytes();
        assert!(status.is_success(), "{path} answered {status}: {}", String::from_utf8_lossy(&bytes));
        bytes
    }

    /// `POST` of JSON, which must succeed.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Value {
        let bytes = self.call(Method::POST, path, body.to_string().into()).await;
        serde_json::from_slice(&bytes).expect("the answer is JSON")
    }

    /// `POST` whose answer of many lines is read as it comes, counted and thrown away.
    pub(crate) async fn post_for_lines(&mut self, path: &str, body: Bytes) -> Counted {
        let (status, mut answer) = self.send(Method::POST, path, "application/x-ndjson", body).await;
        assert!(status.is_success(), "{path} answered {status}");
        let mut counted = Counted { lines: 0, bytes: 0 };
        while let Some(frame) = answer.frame().await {
            let frame = frame.expect("the answer is whole");
            let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
            counted.bytes += data.len();
            counted.lines += data.iter().filter(|byte| **byte == b'\n').count();
        }
        counted
    }
}
