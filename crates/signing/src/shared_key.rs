//! Requests that Tidegate itself sends to Azure with the key of an account: the scheme Shared Key.
//!
//! The lines that are signed are those of the Blob service since version 2009-09-19 (Azure Storage REST API,
//! "Authorize with Shared Key"); the length of an empty body is an empty line, as since version 2015-02-21.
//! The path is taken as already encoded and is sent as it is.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::canonical::{self, borrowed};
use crate::request::Signed;

/// Headers that signing or sending itself writes; what a caller gives under these names is left out.
const OWN_HEADERS: [&str; 5] = ["authorization", "content-length", "date", "host", "x-ms-date"];

/// An account and its key; without `Debug`, because it is secret.
pub struct SharedKey<'a> {
    account: &'a str,
    key: hmac::Key,
}

/// A request to be signed; the pairs are raw.
pub struct SharedKeyRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path, already encoded; with the account as its first segment where an emulator wants it so.
    pub path: &'a str,
    /// The query parameters.
    pub query: &'a [(String, String)],
    /// Headers to send and sign; `x-ms-version` is one that Azure needs.
    pub headers: &'a [(String, String)],
    /// How long the body is.
    pub length: u64,
    /// When.
    pub at: Timestamp,
}

impl<'a> SharedKey<'a> {
    /// The key is decoded from Base64.
    pub fn new(account: &'a str, key: &[u8]) -> Self {
        Self { account, key: hmac::Key::new(HMAC_SHA256, key) }
    }

    /// Signs a request in its headers: all but `Host` and `Content-Length`.
    pub fn sign(&self, request: &SharedKeyRequest<'_>) -> Signed {
        let is_own = |name: &str| OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own));
        let date = request.at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers: Vec<(String, String)> = borrowed(request.headers)
            .filter(|(name, _)| !is_own(name))
            .chain([("x-ms-date", date.as_str())])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let lines = self.lines(request, &headers);
        let signature = STANDARD.encode(hmac::sign(&self.key, lines.as_bytes()));
        headers.push(("authorization".to_owned(), format!("SharedKey {}:{signature}", self.account)));
        let query = canonical::query(borrowed(request.query));
        let path_and_query =
            if query.is_empty() { request.path.to_owned() } else { format!("{}?{query}", request.path) };
        Signed { path_and_query, headers }
    }

    fn lines(&self, request: &SharedKeyRequest<'_>, headers: &[(String, String)]) -> String {
        let header = |name: &str| {
            let found = borrowed(headers).find(|(given, _)| given.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| value.trim())
        };
        let length = if request.length == 0 { String::new() } else { request.length.to_string() };
        let standard = [
            request.method,
            header("content-encoding"),
            header("content-language"),
            &length,
            header("content-md5"),
            header("content-type"),
            // Not `Date`: `x-ms-date` stands for it.
            "",
            header("if-modified-since"),
            header("if-match"),
            header("if-none-match"),
            header("if-unmodified-since"),
            header("range"),
        ]
        .join("\n");
        let own = own_headers(headers);
        format!("{standard}\n{own}/{}{}{}", self.account, request.path, parameters(request.query))
    }
}

/// All headers `x-ms-*`, a line each.
fn own_headers(headers: &[(String, String)]) -> String {
    let mut own: Vec<_> = borrowed(headers)
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-ms-"))
        .collect();
    own.sort_by(|(one, _), (other, _)| by_name(one, other));
    own.iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
}

/// All parameters, a line each: names in lower case and in order, the values of one name in order.
fn parameters(query: &[(String, String)]) -> String {
    let mut sorted = BTreeMap::<String, Vec<&str>>::new();
    for (name, value) in borrowed(query) {
        sorted.entry(name.to_ascii_lowercase()).or_default().push(value);
    }
    let line = |(name, mut values): (String, Vec<&str>)| {
        values.sort_unstable();
        format!("\n{name}:{}", values.join(","))
    };
    sorted.into_iter().map(line).collect()
}

/// The order in which Azure sorts headers, as its own clients imitate it: a hyphen counts only where nothing else
/// differs, and an underscore stands before digits.
fn by_name(one: &str, other: &str) -> Ordering {
    fn rank(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|byte| *byte != b'-').map(|byte| if byte == b'_' { b'/' } else { byte })
    }
    // Where only hyphens differ, the name comes first that has none at the first difference.
    let hyphens = |name: &str| name.bytes().map(|byte| byte == b'-').collect::<Vec<_>>();
    rank(one).cmp(rank(other)).then_with(|| hyphens(one).cmp(&hyphens(other)))
}
