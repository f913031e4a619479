//! Requests that Tidegate itself sends, signed in their headers.
//!
//! The path is taken as already encoded and is sent as it is. S3 signs exactly these bytes; every
//! other service signs them encoded once more (AWS documentation, "Create a signed request").

use jiff::Timestamp;

use crate::canonical::{self, Headers, UNSIGNED, borrowed};
use crate::derive::{ALGORITHM, Keys, Signer, sha256};
use crate::encode;

/// Headers that signing itself writes; what a caller gives under these names is replaced.
const OWN_HEADERS: [&str; 5] = ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// What is signed of a body.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// Nothing, so that it can be streamed; only S3 takes this.
    Unsigned,
}

/// A request to be signed; the pairs are raw.
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// The path, already encoded.
    pub path: &'a str,
    /// The query parameters.
    pub query: &'a [(String, String)],
    /// Headers to send and sign.
    pub headers: &'a [(String, String)],
    /// The body.
    pub payload: Payload<'a>,
    /// `s3`, `sts`, `iam`, ...
    pub service: &'a str,
    /// The region to sign for.
    pub region: &'a str,
    /// When.
    pub at: Timestamp,
}

/// A signed request, to be sent byte for byte.
pub struct Signed {
    /// Path and query.
    pub path_and_query: String,
    /// All headers but `Host`: those given, and those of the signature.
    pub headers: Vec<(String, String)>,
}

/// Signs a request in its headers.
pub fn sign_request(keys: &Keys<'_>, request: &Request<'_>) -> Signed {
    let signer = Signer::new(keys, request.at, request.region, request.service);
    let payload = match request.payload {
        Payload::Bytes(bytes) => sha256(bytes).as_str().to_owned(),
        Payload::Unsigned => UNSIGNED.to_owned(),
    };
    let is_s3 = request.service == "s3";
    let mut headers = all_headers(keys, request, &signer.time, is_s3.then_some(payload.as_str()));
    let signed = Headers::new(borrowed(&headers).chain([("host", request.host)]));

    let query = canonical::query(borrowed(request.query));
    let path = if is_s3 { request.path.to_owned() } else { encode::path(request.path).to_string() };
    let canonical = format!("{}\n{path}{}", request.method, canonical::tail(&query, &signed, &payload));
    headers.push((
        "authorization".to_owned(),
        format!(
            "{ALGORITHM} Credential={}, SignedHeaders={}, Signature={}",
            signer.credential,
            signed.names,
            signer.sign(canonical.as_bytes()).as_str()
        ),
    ));
    let path_and_query = if query.is_empty() { request.path.to_owned() } else { format!("{}?{query}", request.path) };
    Signed { path_and_query, headers }
}

/// The headers given and the signature's own, but for the signature itself.
fn all_headers(keys: &Keys<'_>, request: &Request<'_>, time: &str, content: Option<&str>) -> Vec<(String, String)> {
    let is_own = |name: &str| OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own));
    let own = [("x-amz-date", Some(time)), ("x-amz-content-sha256", content), ("x-amz-security-token", keys.token())];
    borrowed(request.headers)
        .filter(|(name, _)| !is_own(name))
        .chain(own.into_iter().filter_map(|(name, value)| Some((name, value?))))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
