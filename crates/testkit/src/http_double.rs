//! An HTTP server that answers as a test says: for endpoints that are wrong, broken or hostile.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use domain::clock::{Clock, SystemClock};
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use jiff::SignedDuration;
use tokio::time::{Sleep, sleep};

use crate::server::{BoxError, ReplyBody, Server, full};

/// A scripted server.
pub struct HttpDouble {
    server: Server,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Recorded {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    delay: Duration,
}

#[derive(Debug, Clone)]
enum Content {
    Whole(Bytes),
    Drip { bytes: Bytes, every: Duration },
    Zeros(u64),
    Never,
}

impl Reply {
    /// A status with a body.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, content: Content::Whole(body.into()), delay: Duration::ZERO }
    }

    /// A web page, with 200: an endpoint that is no store.
    pub fn web_page() -> Self {
        Self::new(200, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title><h1>It works!</h1>")
    }

    /// A redirect.
    pub fn redirect(location: &str) -> Self {
        Self::new(302, "text/plain", "").with_header("location", location)
    }

    /// A redirect to the address where clouds keep the credentials of a machine.
    pub fn redirect_to_metadata() -> Self {
        Self::redirect("http://169.254.169.254/latest/meta-data/iam/security-credentials/")
    }

    /// An error as S3 words it.
    pub fn s3_error(status: u16, code: &str, message: &str) -> Self {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>double</HostId></Error>"
        );
        Self::new(status, "application/xml", xml).with_header("x-amz-request-id", "4442587FB7D0A2F9")
    }

    /// An error as STS and IAM word it.
    pub fn query_error(status: u16, code: &str, message: &str) -> Self {
        let xml = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>double</RequestId></ErrorResponse>"
        );
        Self::new(status, "text/xml", xml).with_header("x-amzn-requestid", "double")
    }

    /// Takes the request and never answers.
    pub fn never() -> Self {
        Self { content: Content::Never, ..Self::new(200, "text/plain", "") }
    }

    /// A body of so many zero bytes, made while it is sent.
    pub fn zeros(length: u64) -> Self {
        Self { content: Content::Zeros(length), ..Self::new(200, "application/octet-stream", "") }
    }

    /// The same answer, one byte at a time.
    pub fn dripping(mut self, every: Duration) -> Self {
        if let Content::Whole(bytes) = self.content {
            self.content = Content::Drip { bytes, every };
        }
        self
    }

    /// The same answer after a while.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer from a machine whose clock is off by so many seconds.
    pub fn clock_off_by(self, seconds: i64) -> Self {
        let date = SystemClock.now() + SignedDuration::from_secs(seconds);
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        self.with_header("date", &date)
    }

    pub(crate) async fn send(self) -> Response<ReplyBody> {
        if !self.delay.is_zero() {
            sleep(self.delay).await;
        }
        let body = match self.content {
            Content::Whole(bytes) => full(bytes),
            Content::Drip { bytes, every } => Drip { bytes, every, wait: Box::pin(sleep(every)) }.boxed(),
            Content::Zeros(left) => Zeros { left }.boxed(),
            Content::Never => std::future::pending().await,
        };
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).expect("a test gives a valid status and valid headers")
    }
}

impl HttpDouble {
    /// A server that answers each request as the function says.
    pub fn start(answer: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        let requests: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let (kept, answer) = (Arc::clone(&requests), Arc::new(answer));
        let server = Server::start(move |request, _| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
                let recorded = Recorded { method: head.method.to_string(), target, headers: head.headers, body };
                let reply = answer(&recorded);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
                reply.send().await
            }
        });
        Self { server, requests }
    }

    /// A server that always answers the same.
    pub fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone())
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// What has come in so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Drip {
    bytes: Bytes,
    every: Duration,
    wait: Pin<Box<Sleep>>,
}

impl Body for Drip {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.wait.as_mut().poll(cx));
        self.wait = Box::pin(sleep(self.every));
        Poll::Ready(Some(Ok(Frame::data(self.bytes.split_to(1)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

struct Zeros {
    left: u64,
}

impl Body for Zeros {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        static CHUNK: [u8; 65_536] = [0; 65_536];
        let length = self.left.min(CHUNK.len() as u64);
        self.left -= length;
        let chunk = usize::try_from(length).ok().and_then(|length| CHUNK.get(..length)).filter(|c| !c.is_empty());
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(Bytes::from_static(chunk)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::request::{Call, send};

    #[tokio::test]
    async fn requests_are_recorded_byte_for_byte() {
        let double = HttpDouble::start(|request| Reply::new(200, "text/plain", request.target.clone()));
        let answer = send(&double.url(), Call::new("PUT", "//a/../b%2F?x=%20").body("hello")).await;
        assert_eq!(answer.text(), "//a/../b%2F?x=%20");
        let seen = double.requests().remove(0);
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("PUT", "//a/../b%2F?x=%20"));
        assert_eq!(seen.body, "hello");
        assert_eq!(seen.header("host").unwrap(), double.url().trim_start_matches("http://"));
    }

    #[tokio::test]
    async fn a_long_body_arrives_whole() {
        let double = HttpDouble::always(Reply::zeros(200_000));
        assert_eq!(send(&double.url(), Call::new("GET", "/")).await.body.len(), 200_000);
    }

    #[tokio::test]
    async fn a_dripping_body_takes_its_time() {
        let double = HttpDouble::always(Reply::new(200, "text/plain", "abc").dripping(Duration::from_millis(20)));
        let start = Instant::now();
        assert_eq!(send(&double.url(), Call::new("GET", "/")).await.text(), "abc");
        assert!(start.elapsed() >= Duration::from_millis(60));
    }

    #[tokio::test]
    async fn a_wrong_clock_shows_in_the_date() {
        let double = HttpDouble::always(Reply::web_page().clock_off_by(3600));
        let answer = send(&double.url(), Call::new("GET", "/")).await;
        let date = answer.headers.get("date").unwrap().to_str().unwrap();
        let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        let off = date.duration_since(SystemClock.now()).as_secs();
        assert!((3590..=3600).contains(&off), "{off}");
    }

    #[tokio::test]
    async fn dropping_it_ends_a_request_that_is_never_answered() {
        let double = HttpDouble::always(Reply::never());
        let url = double.url();
        let waiting = tokio::task::spawn_blocking(move || {
            crate::process::status(url.trim_start_matches("http://").parse().unwrap(), "/")
        });
        while double.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(double);
        assert_eq!(waiting.await.unwrap(), None);
    }
}
