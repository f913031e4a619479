//! The way on to Azurite, as a stream in both directions.

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::reply::Refusal;
use super::sas::FIELDS;
use crate::server::ReplyBody;
use crate::tls::TlsConnector;

/// The connection to Azurite.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client<TlsConnector, ReplyBody>,
    origin: String,
}

/// What proves to Azurite that the request is good.
pub(super) enum Way {
    /// What the caller sent.
    AsItCame,
    /// A token of the same principal that begins now.
    Token(String),
    /// A signature of the kit's in place of one that Azurite does not know.
    Signature(String),
}

impl Upstream {
    pub(super) fn new(origin: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(TlsConnector::new());
        Self { client, origin: origin.trim_end_matches('/').to_owned() }
    }

    pub(super) async fn send(
        &self,
        head: &Parts,
        body: Incoming,
        way: Way,
        own: &str,
    ) -> Result<Response<ReplyBody>, Refusal> {
        let mut headers = head.headers.clone();
        for name in [HOST, CONNECTION, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        // Azurite reads a source of its own from itself.
        if let Some(source) = headers.get("x-ms-copy-source").and_then(|value| value.to_str().ok()) {
            let source = source.replacen(own, &self.origin, 1);
            headers.insert("x-ms-copy-source", source.parse().map_err(|why| Refusal::no_answer(&why))?);
        }
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let target = match way {
            Way::AsItCame => format!("{path}?{query}"),
            Way::Token(token) => {
                let value = HeaderValue::from_str(&format!("Bearer {token}"));
                headers.insert(AUTHORIZATION, value.map_err(|why| Refusal::no_answer(&why))?);
                format!("{path}?{query}")
            }
            Way::Signature(signature) => format!("{path}?{}&{signature}", without_signature(query)),
        };
        let uri: Uri = format!("{}{target}", self.origin).parse().map_err(|why| Refusal::no_answer(&why))?;
        let mut request = Request::new(body.map_err(Into::into).boxed());
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let done = self.client.request(request).await.map_err(|why| Refusal::no_answer(&why))?;
        let (mut head, body) = done.into_parts();
        head.headers.remove(CONNECTION);
        if !head.headers.contains_key(CONTENT_LENGTH) {
            head.headers.remove(TRANSFER_ENCODING);
        }
        Ok(Response::from_parts(head, body.map_err(Into::into).boxed()))
    }
}

/// The fields of the request itself, as they were sent.
fn without_signature(query: &str) -> String {
    let name = |field: &&str| field.split('=').next().is_some_and(|name| !FIELDS.contains(&name));
    query.split('&').filter(name).collect::<Vec<_>>().join("&")
}
