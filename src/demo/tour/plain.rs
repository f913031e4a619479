//! Plain HTTP, as whoever was given a signed URL speaks it: no token, no Tidegate.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::wrong;
use crate::cli::Failure;

const PATIENCE: Duration = Duration::from_secs(30);

/// A client that knows nothing.
pub(super) struct Plain(Client<HttpConnector, Full<Bytes>>);

impl Plain {
    pub(super) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    /// Gets what is behind a URL.
    pub(super) async fn get(&self, url: &str) -> Result<(StatusCode, Bytes), Failure> {
        self.send(Method::GET, url, &BTreeMap::new(), Bytes::new()).await
    }

    /// Sends a request with the headers that came with the URL.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &BTreeMap<String, String>,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        // The error of a URI that cannot be parsed does not quote it, and neither does anything here.
        let request =
            request.body(Full::new(body)).map_err(|error| wrong("the URL is not one").because(error.to_string()))?;
        let exchange = async {
            let answer = self.0.request(request).await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
            Ok((status, body.to_bytes()))
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(answer) => answer.map_err(|why: String| wrong("the store did not answer").because(why)),
            Err(_) => Err(wrong(format!("the store said nothing for {} s", PATIENCE.as_secs()))),
        }
    }
}
