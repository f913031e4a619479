//! Plain HTTP requests, signed or not, sent byte for byte; redirects are not followed.

use std::net::IpAddr;

use bytes::Bytes;
use domain::clock::{Clock, SystemClock};
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use signing::{Keys, Payload};

use crate::tls::TlsConnector;

/// The region that every component is asked in.
pub const REGION: &str = "us-east-1";

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Call {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    address: Option<IpAddr>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Call {
    /// A request without body; `target` is path and query, already encoded.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            address: None,
        }
    }

    /// From this address of loopback, such as 127.0.0.5; without TLS only.
    pub fn from_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Signed for a service; `query` is raw and must not be in the target yet.
    pub fn signed(mut self, origin: &str, keys: &Keys<'_>, service: &str, query: &[(String, String)]) -> Self {
        let signed = signing::sign_request(
            keys,
            &signing::Request {
                method: &self.method,
                host: authority(origin),
                path: &self.target,
                query,
                headers: &self.headers,
                payload: Payload::Bytes(&self.body),
                service,
                region: REGION,
                at: SystemClock.now(),
            },
        );
        self.target = signed.path_and_query;
        self.headers = signed.headers;
        self
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Itself, if the status is one of success; else the test fails and shows the body.
    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "answered {}: {}", self.status, self.text());
        self
    }

    /// What stands in the first XML element of this name.
    pub fn element(&self, name: &str) -> Option<String> {
        elements(&self.text(), name).into_iter().next()
    }
}

/// Sends it to `http://host:port`, or over TLS with the kit's authority to `https://host:port`.
pub async fn send(origin: &str, call: Call) -> Answer {
    try_send(origin, call).await.unwrap_or_else(|why| panic!("{why}"))
}

/// The same where nobody need be there.
pub(crate) async fn try_send(origin: &str, call: Call) -> Result<Answer, String> {
    let uri: Uri =
        format!("{}{}", origin.trim_end_matches('/'), call.target).parse().map_err(|why| format!("{origin}: {why}"))?;
    let mut request = Request::builder().method(call.method.as_str()).uri(uri);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(call.body)).map_err(|why| format!("{origin}: {why}"))?;
    let mut client = Client::builder(TokioExecutor::new());
    client.pool_max_idle_per_host(0);
    let asking = if origin.starts_with("https://") {
        client.build::<_, Full<Bytes>>(TlsConnector::new()).request(request)
    } else {
        let mut connector = HttpConnector::new();
        connector.set_local_address(call.address);
        client.build::<_, Full<Bytes>>(connector).request(request)
    };
    let response = asking.await.map_err(|why| format!("{origin} did not answer: {why:?}"))?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|why| format!("{origin} broke off: {why:?}"))?.to_bytes();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

/// `host:port` of `http://host:port` or `https://host:port`.
pub(crate) fn authority(origin: &str) -> &str {
    origin.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/')
}

/// The text of every element of this name, in order, for documents without nesting of that name.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(open.as_str()).skip(1);
    parts.filter_map(|part| Some(unescape(part.split_once(close.as_str())?.0))).collect()
}

fn unescape(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'")];
    let text = named.iter().fold(text.to_owned(), |text, (entity, meant)| text.replace(entity, meant));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_order() {
        assert_eq!(elements("<L><Key>a</Key><X><Key>b&amp;lt;&apos;</Key></X><Key/></L>", "Key"), ["a", "b&lt;'"]);
    }
}
