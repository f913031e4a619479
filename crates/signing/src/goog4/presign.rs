//! Signed URLs, many at a time, by as many threads as there are.

use std::time::Duration;

use jiff::Timestamp;

use super::key::{RsaKey, SignatureFailed};
use crate::canonical::{self, Headers, UNSIGNED, borrowed};
use crate::check::{self, SigningError};
use crate::derive::sha256;
use crate::encode;
use crate::endpoint::Endpoint;
use crate::presign::KEY_ROOM;

const ALGORITHM: &str = "GOOG4-RSA-SHA256";

/// The digest of a body that whoever uses the URLs must send; else the body is not signed.
const CONTENT_DIGEST: &str = "x-goog-content-sha256";

/// Query parameters that signing itself writes, in lower case.
const OWN_PARAMETERS: [&str; 6] = [
    "x-goog-algorithm",
    "x-goog-credential",
    "x-goog-date",
    "x-goog-expires",
    "x-goog-signature",
    "x-goog-signedheaders",
];

/// What all URLs of a batch share.
pub struct PresignAsk<'a> {
    /// The e-mail address of the service account that signs.
    pub email: &'a str,
    /// The store, as whoever uses the URLs reaches it.
    pub endpoint: &'a Endpoint,
    /// The bucket.
    pub bucket: &'a str,
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
    /// The URL up to the key.
    url_head: String,
    /// The URL from the key on, up to the signature.
    url_tail: String,
    /// The canonical request up to the key.
    request_head: String,
    /// The canonical request from the key on.
    request_tail: String,
    /// The string to sign up to the digest of the canonical request.
    to_sign_head: String,
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

        let scope = format!("{}/auto/storage/goog4_request", ask.at.strftime("%Y%m%d"));
        let time = ask.at.strftime("%Y%m%dT%H%M%SZ").to_string();
        let host = ask.endpoint.host(Some(ask.bucket));
        let headers = Headers::new(borrowed(ask.headers).chain([("host", host.as_str())]));
        let own = [
            ("X-Goog-Algorithm", ALGORITHM),
            ("X-Goog-Credential", &format!("{}/{scope}", ask.email)),
            ("X-Goog-Date", &time),
            ("X-Goog-Expires", &expires),
            ("X-Goog-SignedHeaders", &headers.names),
        ];
        let query = canonical::query(own.into_iter().chain(borrowed(ask.query)));
        let digest = borrowed(ask.headers).find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_DIGEST));
        let path = ask.endpoint.path(Some(ask.bucket), "");
        Ok(Self {
            url_head: format!("{}://{host}{path}", ask.endpoint.scheme().as_str()),
            url_tail: format!("?{query}&X-Goog-Signature="),
            request_head: format!("{}\n{path}", ask.method),
            request_tail: canonical::tail(&query, &headers, digest.map_or(UNSIGNED, |(_, value)| value.trim())),
            to_sign_head: format!("{ALGORITHM}\n{time}\n{scope}\n"),
        })
    }

    /// What is to be signed for one raw key, by [`RsaKey::sign`] or by `signBlob`.
    pub fn string_to_sign(&self, key: &str) -> String {
        let mut text = String::with_capacity(self.to_sign_head.len() + 64);
        text.push_str(&self.to_sign_head);
        text.push_str(sha256(self.request(key).as_bytes()).as_str());
        text
    }

    /// Appends the URL of one raw key with the signature of its [`Presigner::string_to_sign`] to `out`.
    pub fn finish_into(&self, key: &str, signature: &[u8], out: &mut String) {
        out.reserve(self.url_head.len() + self.url_tail.len() + KEY_ROOM + 2 * signature.len());
        out.push_str(&self.url_head);
        out.extend(encode::path(key));
        out.push_str(&self.url_tail);
        encode::push_hex(signature, out);
    }

    /// Appends the signed URL of one raw key to `out`.
    ///
    /// # Errors
    /// [`SignatureFailed`] as [`RsaKey::sign`] has it; `out` stays as it was.
    pub fn sign_into(&self, with: &RsaKey, key: &str, out: &mut String) -> Result<(), SignatureFailed> {
        let signature = with.sign(self.string_to_sign(key).as_bytes())?;
        self.finish_into(key, &signature, out);
        Ok(())
    }

    fn request(&self, key: &str) -> String {
        let mut request = String::with_capacity(self.request_head.len() + self.request_tail.len() + KEY_ROOM);
        request.push_str(&self.request_head);
        request.extend(encode::path(key));
        request.push_str(&self.request_tail);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presigner(
        expires: u64,
        headers: &[(String, String)],
        query: &[(String, String)],
    ) -> Result<Presigner, SigningError> {
        Presigner::new(&PresignAsk {
            email: "robot@example.com",
            endpoint: &Endpoint::parse("https://storage.googleapis.com", true).unwrap(),
            bucket: "data",
            method: "GET",
            at: Timestamp::UNIX_EPOCH,
            expires: Duration::from_secs(expires),
            headers,
            query,
        })
    }

    fn pair(name: &str, value: &str) -> [(String, String); 1] {
        [(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn expiry_beyond_seven_days_or_none_is_refused() {
        for seconds in [0, 604_801] {
            assert_eq!(presigner(seconds, &[], &[]).err(), Some(SigningError::Expires { seconds }));
        }
        assert!(presigner(604_800, &[], &[]).unwrap().url_tail.contains("&X-Goog-Expires=604800&"));
    }

    #[test]
    fn header_or_parameter_that_signing_writes_is_refused() {
        assert_eq!(presigner(1, &pair("HOST", "evil.example"), &[]).err(), Some(SigningError::HostHeader));
        let error = SigningError::BadHeader { name: "x-goog-meta-a".to_owned() };
        assert_eq!(presigner(1, &pair("x-goog-meta-a", "1\n2"), &[]).err(), Some(error));
        let name = "x-goog-SIGNATURE".to_owned();
        assert_eq!(presigner(1, &[], &pair(&name, "00")).err(), Some(SigningError::OwnParameter { name }));
    }

    #[test]
    fn parameter_of_the_answer_is_signed_and_sent() {
        let presigner =
            presigner(1, &[], &pair("response-content-disposition", "attachment; filename=\"a b\"")).unwrap();
        let parameter = "&response-content-disposition=attachment%3B%20filename%3D%22a%20b%22";
        assert!(presigner.url_tail.contains(parameter) && presigner.request("k").contains(parameter));
    }

    #[test]
    fn presigner_is_shared_between_threads() {
        fn is_sync<T: Send + Sync>() {}
        is_sync::<Presigner>();
        is_sync::<RsaKey>();
    }
}
