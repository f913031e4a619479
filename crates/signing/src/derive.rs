//! From a secret key to the key that signs one day, region and service.
//!
//! The secret is copied into one buffer that is wiped; the derived key stays inside
//! [`aws_lc_rs`], which shows it nowhere.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256, Tag};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::encode::Hex;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signs; without `Debug`, because two of the three are secret.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// The public half of the pair.
    pub access_key_id: &'a str,
    /// The secret half.
    pub secret_access_key: &'a [u8],
    /// The token of a temporary pair; an empty one counts as none.
    pub session_token: Option<&'a str>,
}

impl Keys<'_> {
    pub(crate) fn token(&self) -> Option<&str> {
        self.session_token.filter(|token| !token.is_empty())
    }
}

/// Signs canonical requests of one moment, region and service.
pub(crate) struct Signer {
    /// The time as requests state it, `20130524T000000Z`.
    pub(crate) time: String,
    /// The access key id and the scope, as requests state them.
    pub(crate) credential: String,
    /// Keyed, and fed with everything of the string to sign but the request's digest.
    context: hmac::Context,
}

impl Signer {
    pub(crate) fn new(keys: &Keys<'_>, at: Timestamp, region: &str, service: &str) -> Self {
        let date = at.strftime("%Y%m%d").to_string();
        let time = at.strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let mut context = hmac::Context::with_key(&signing_key(keys.secret_access_key, &date, region, service));
        context.update(format!("{ALGORITHM}\n{time}\n{scope}\n").as_bytes());
        Self { time, credential: format!("{}/{scope}", keys.access_key_id), context }
    }

    /// The signature of a canonical request.
    pub(crate) fn sign(&self, request: &[u8]) -> Hex {
        let mut context = self.context.clone();
        context.update(sha256(request).as_bytes());
        Hex::of(context.sign().as_ref())
    }
}

/// The digest as canonical requests state it.
pub(crate) fn sha256(bytes: &[u8]) -> Hex {
    Hex::of(digest(&SHA256, bytes).as_ref())
}

fn signing_key(secret: &[u8], date: &str, region: &str, service: &str) -> hmac::Key {
    let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
    first.extend_from_slice(b"AWS4");
    first.extend_from_slice(secret);
    [date, region, service, "aws4_request"]
        .iter()
        .fold(hmac::Key::new(HMAC_SHA256, &first), |key, part| next_key(&hmac::sign(&key, part.as_bytes())))
}

fn next_key(tag: &Tag) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, tag.as_ref())
}
