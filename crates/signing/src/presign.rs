//! Signed URLs, many at a time.
//!
//! Of a canonical request only the path differs within a batch. So a [`Presigner`] derives the
//! key, absorbs the constant part of the string to sign and encodes query and headers once;
//! each URL then costs one digest and the rest of one HMAC over a reused buffer. (The constant
//! head of the canonical request is shorter than a SHA-256 block, so keeping its state
//! would save nothing; a digest in one go over one buffer is the fastest.)
//!
//! The payload is never signed: `UNSIGNED-PAYLOAD`. A URL holds the session token, as the
//! protocol wants it, and is itself a secret until it expires.

use std::time::Duration;

use jiff::Timestamp;

use crate::canonical::{self, Headers, UNSIGNED, borrowed};
use crate::check::{self, SigningError};
use crate::derive::{ALGORITHM, Keys, Signer};
use crate::encode;
use crate::endpoint::Endpoint;

/// Query parameters that signing itself writes, in lower case.
const OWN_PARAMETERS: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Bytes that are made room for beyond the constant parts: a key of usual length.
pub(crate) const KEY_ROOM: usize = 128;

/// What all URLs of a batch share.
pub struct PresignAsk<'a> {
    /// Who signs.
    pub keys: Keys<'a>,
    /// The store, as whoever uses the URLs reaches it.
    pub endpoint: &'a Endpoint,
    /// The bucket.
    pub bucket: &'a str,
    /// The region to sign for.
    pub region: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// From when.
    pub at: Timestamp,
    /// For how long; parts of a second are dropped.
    pub expires: Duration,
    /// Signed headers, which whoever uses the URLs must send; `Host` is signed anyway.
    pub headers: &'a [(String, String)],
    /// More query parameters, raw, such as `response-content-type`.
    pub query: &'a [(String, String)],
}

/// Signs the keys of one batch.
pub struct Presigner {
    signer: Signer,
    /// The URL up to the key.
    url_head: String,
    /// The URL from the key on, up to the signature.
    url_tail: String,
    /// The canonical request; after its head it is written anew for every key.
    request: Vec<u8>,
    /// How many bytes of `request` stay.
    request_head: usize,
    /// The canonical request from the key on.
    request_tail: String,
}

impl Presigner {
    /// Computes what all URLs of the batch share.
    ///
    /// # Errors
    /// [`SigningError`] for an expiry out of bounds, and for headers and parameters that
    /// cannot be signed.
    pub fn new(ask: &PresignAsk<'_>) -> Result<Self, SigningError> {
        let expires = check::expiry(ask.expires)?;
        check::headers(ask.headers)?;
        check::query(ask.query, &OWN_PARAMETERS)?;

        let signer = Signer::new(&ask.keys, ask.at, ask.region, "s3");
        let host = ask.endpoint.host(Some(ask.bucket));
        let headers = Headers::new(borrowed(ask.headers).chain([("host", host.as_str())]));
        let own = [
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &signer.credential),
            ("X-Amz-Date", &signer.time),
            ("X-Amz-Expires", &expires),
            ("X-Amz-SignedHeaders", &headers.names),
        ];
        let token = ask.keys.token().map(|token| ("X-Amz-Security-Token", token));
        let query = canonical::query(own.into_iter().chain(token).chain(borrowed(ask.query)));

        let path = ask.endpoint.path(Some(ask.bucket), "");
        let request_tail = canonical::tail(&query, &headers, UNSIGNED);
        let mut request = format!("{}\n{path}", ask.method).into_bytes();
        let request_head = request.len();
        request.reserve(request_tail.len() + KEY_ROOM);
        Ok(Self {
            signer,
            url_head: format!("{}://{host}{path}", ask.endpoint.scheme().as_str()),
            url_tail: format!("?{query}&X-Amz-Signature="),
            request,
            request_head,
            request_tail,
        })
    }

    /// Appends the signed URL of one raw key to `out`.
    ///
    /// Nothing is allocated per URL once `out` and the longest key have made their room.
    pub fn sign_into(&mut self, key: &str, out: &mut String) {
        out.reserve(self.url_head.len() + self.url_tail.len() + KEY_ROOM);
        out.push_str(&self.url_head);
        self.request.truncate(self.request_head);
        for piece in encode::path(key) {
            out.push_str(piece);
            self.request.extend_from_slice(piece.as_bytes());
        }
        self.request.extend_from_slice(self.request_tail.as_bytes());
        out.push_str(&self.url_tail);
        out.push_str(self.signer.sign(&self.request).as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presign(expires: Duration, headers: &[(&str, &str)], query: &[(&str, &str)]) -> Result<String, SigningError> {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let mut presigner = Presigner::new(&PresignAsk {
            keys: Keys { access_key_id: "AKID", secret_access_key: b"secret", session_token: Some("") },
            endpoint: &Endpoint::parse("https://s3.example.com", true).unwrap(),
            bucket: "data",
            region: "eu-central-1",
            method: "GET",
            at: Timestamp::UNIX_EPOCH,
            expires,
            headers: &owned(headers),
            query: &owned(query),
        })?;
        let mut url = String::new();
        presigner.sign_into("k", &mut url);
        Ok(url)
    }

    #[test]
    fn expiry_out_of_bounds_is_refused_and_parts_of_seconds_dropped() {
        assert_eq!(presign(Duration::from_millis(999), &[], &[]), Err(SigningError::Expires { seconds: 0 }));
        assert_eq!(presign(Duration::from_secs(604_801), &[], &[]), Err(SigningError::Expires { seconds: 604_801 }));
        assert!(presign(Duration::from_millis(1_900), &[], &[]).unwrap().contains("&X-Amz-Expires=1&"));
        assert!(presign(Duration::from_secs(604_800), &[], &[]).unwrap().contains("&X-Amz-Expires=604800&"));
    }

    #[test]
    fn header_that_http_forbids_or_host_is_refused() {
        let minute = Duration::from_secs(60);
        for (name, value) in [("content-type", "a\nx-amz-acl:public-read"), ("a b", "1"), ("", "1"), ("x", "\0")] {
            let error = SigningError::BadHeader { name: name.to_owned() };
            assert_eq!(presign(minute, &[(name, value)], &[]), Err(error), "{name:?}");
        }
        assert_eq!(presign(minute, &[("Host", "evil.example")], &[]), Err(SigningError::HostHeader));
    }

    #[test]
    fn parameter_that_signing_writes_is_refused() {
        for name in ["X-Amz-Expires", "x-amz-signature", "X-AMZ-DATE"] {
            let error = SigningError::OwnParameter { name: name.to_owned() };
            assert_eq!(presign(Duration::from_secs(60), &[], &[(name, "1")]), Err(error));
        }
    }

    #[test]
    fn empty_session_token_is_left_out() {
        assert!(!presign(Duration::from_secs(60), &[], &[]).unwrap().contains("Security-Token"));
    }

    #[test]
    fn presigner_can_move_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Presigner>();
    }
}
