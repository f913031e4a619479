//! The form of Tidegate's own URLs, made and read back.
//!
//! `{base}/objects/{project}/{grant}/{key}?method=GET&expires=1790000000&...&signature=...`: everything before the
//! signature is signed with a key that is derived from the installation's seed. `place` stands for the folder and
//! bucket, so that a datasource that was moved meanwhile does not give the URL another object.

use std::fmt::Write as _;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{GrantId, ProjectId};
use domain::place::BucketName;
use domain::provider::{SignAsk, UrlSigner};
use domain::scope::Verb;
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Broker;

/// Where such URLs begin.
pub(super) const PATH: &str = "/objects/";

/// RFC 3986: all but unreserved characters, and the slashes of a path.
const PATH_SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
const QUERY_SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parameter that stands for the folder and bucket, and how many bytes of it are enough to tell them apart.
const PLACE: &str = "place";
const PLACE_LENGTH: usize = 12;

/// Where clients reach Tidegate.
pub(crate) fn base(broker: &Broker) -> Result<&str> {
    broker.0.parts.options.base.as_deref().ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, "Tidegate does not know the address under which others reach it")
            .with_hint("the operator sets public_url")
    })
}

/// What one URL is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise<'a> {
    pub(super) project: ProjectId,
    pub(super) grant: GrantId,
    pub(super) verb: Verb,
    pub(super) key: &'a str,
    /// Seconds since 1970.
    pub(super) expires: i64,
    /// Headers of the answer and of the request, sorted by name.
    pub(super) rest: &'a [(String, String)],
}

/// The key under which all of them are signed.
pub(super) fn signing_key(seed: &SecretBytes) -> hmac::Key {
    let seed = hmac::Key::new(hmac::HMAC_SHA256, seed.expose());
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&seed, b"tidegate own urls 1").as_ref())
}

/// Each part with its length, so that no two lists of parts read the same.
fn add(context: &mut hmac::Context, part: &[u8]) {
    context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
    context.update(part);
}

/// What stands for a folder and bucket, without telling whoever holds a URL which they are.
fn place(key: &hmac::Key, folder: &str, bucket: &BucketName) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [PLACE, folder, bucket.as_str()] {
        add(&mut context, part.as_bytes());
    }
    let bytes: Vec<u8> = context.sign().as_ref().iter().copied().take(PLACE_LENGTH).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Promise<'_> {
    fn context(&self, key: &hmac::Key) -> hmac::Context {
        let mut context = hmac::Context::with_key(key);
        let mut add = |part: &[u8]| add(&mut context, part);
        add(self.project.to_string().as_bytes());
        add(self.grant.to_string().as_bytes());
        add(self.verb.as_str().as_bytes());
        add(self.key.as_bytes());
        add(&self.expires.to_be_bytes());
        for (name, value) in self.rest {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        context
    }

    pub(super) fn is_signed_by(&self, key: &hmac::Key, signature: &str) -> bool {
        let Ok(given) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let right = self.context(key).sign();
        // In constant time: whoever guesses learns nothing from how long it took.
        aws_lc_rs::constant_time::verify_slices_are_equal(right.as_ref(), &given).is_ok()
    }
}

/// Signs the keys of a batch under its grant.
pub(crate) struct OwnSigner {
    key: hmac::Key,
    base: String,
    project: ProjectId,
    grant: GrantId,
    verb: Verb,
    expires: i64,
    rest: Vec<(String, String)>,
    /// The query as far as it is the same for all.
    query: String,
}

impl OwnSigner {
    /// For objects below that folder, as the connection names it.
    pub(crate) fn new(broker: &Broker, of: (ProjectId, GrantId), folder: &str, ask: &SignAsk) -> Result<Self> {
        Self::of(signing_key(&broker.0.seed), base(broker)?, of, folder, ask)
    }

    fn of(key: hmac::Key, base: &str, of: (ProjectId, GrantId), folder: &str, ask: &SignAsk) -> Result<Self> {
        let expires = ask.now.saturating_add(ask.ttl).map_err(Error::internal)?.as_second();
        let headers = ask.headers.iter().map(|(name, value)| (format!("header-{name}"), value.clone()));
        let mut rest: Vec<_> = ask.response.iter().cloned().chain(headers).collect();
        rest.push((PLACE.to_owned(), place(&key, folder, &ask.bucket)));
        rest.sort();
        let mut query = format!("?method={}&expires={expires}", ask.verb.as_str());
        for (name, value) in &rest {
            let (name, value) = (utf8_percent_encode(name, QUERY_SET), utf8_percent_encode(value, QUERY_SET));
            let _ = write!(query, "&{name}={value}");
        }
        query.push_str("&signature=");
        let (project, grant) = of;
        Ok(Self { key, base: base.to_owned(), project, grant, verb: ask.verb, expires, rest, query })
    }
}

#[async_trait]
impl UrlSigner for OwnSigner {
    fn sign_into(&mut self, key: &str, out: &mut String) {
        let promise = Promise {
            project: self.project,
            grant: self.grant,
            verb: self.verb,
            key,
            expires: self.expires,
            rest: &self.rest,
        };
        let signature = URL_SAFE_NO_PAD.encode(promise.context(&self.key).sign());
        let key = utf8_percent_encode(key, PATH_SET);
        let _ = write!(out, "{}{PATH}{}/{}/{key}{}{signature}", self.base, self.project, self.grant, self.query);
    }
}

/// A URL as it came: the way it was asked for, taken apart.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) project: ProjectId,
    pub(super) grant: GrantId,
    pub(super) key: String,
    pub(super) verb: Verb,
    pub(super) expires: i64,
    pub(super) rest: Vec<(String, String)>,
    pub(super) signature: String,
}

impl Came {
    /// Takes path and query apart, byte for byte; `None` for what no URL of ours looks like.
    pub(super) fn read(path: &str, query: &str) -> Option<Self> {
        let mut parts = path.strip_prefix(PATH)?.splitn(3, '/');
        let (project, grant) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let key = decode(parts.next()?)?;
        let mut rest = Vec::new();
        let (mut verb, mut expires, mut signature) = (None, None, None);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (decode(name)?, decode(value)?);
            match name.as_str() {
                "method" if verb.is_none() => verb = verb_of(&value),
                "expires" if expires.is_none() => expires = value.parse().ok(),
                "signature" if signature.is_none() => signature = Some(value),
                _ => rest.push((name, value)),
            }
        }
        rest.sort();
        Some(Self { project, grant, key, verb: verb?, expires: expires?, rest, signature: signature? })
    }

    pub(super) fn promise(&self) -> Promise<'_> {
        Promise {
            project: self.project,
            grant: self.grant,
            verb: self.verb,
            key: &self.key,
            expires: self.expires,
            rest: &self.rest,
        }
    }

    /// Whether it was signed for objects of this folder and bucket.
    pub(super) fn is_of(&self, key: &hmac::Key, folder: &str, bucket: &BucketName) -> bool {
        let place = place(key, folder, bucket);
        self.rest.iter().any(|(name, value)| name == PLACE && *value == place)
    }
}

fn verb_of(text: &str) -> Option<Verb> {
    [Verb::Get, Verb::Head, Verb::Put, Verb::Delete].into_iter().find(|verb| verb.as_str() == text)
}

fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://t.example.com";

    fn signed(key: &str, verb: Verb, response: &[(&str, &str)]) -> (String, hmac::Key) {
        let secret = signing_key(&SecretBytes::from("seed"));
        let ask = SignAsk {
            bucket: "bucket".parse().unwrap(),
            region: None,
            verb,
            now: jiff::Timestamp::UNIX_EPOCH,
            ttl: Duration::from_secs(60),
            headers: Vec::new(),
            response: response.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            internal: false,
        };
        let of = (ProjectId::new(), GrantId::new());
        let mut url = String::new();
        OwnSigner::of(secret.clone(), BASE, of, "/srv/data", &ask).unwrap().sign_into(key, &mut url);
        (url, secret)
    }

    fn read(url: &str) -> Option<Came> {
        let (path, query) = url.strip_prefix(BASE)?.split_once('?')?;
        Came::read(path, query)
    }

    proptest! {
        #[test]
        fn what_is_signed_reads_back_byte_for_byte(key in "[^\u{0}]{1,40}", name in "response-[a-z]{1,9}", value in ".{0,20}") {
            let (url, secret) = signed(&key, Verb::Get, &[(&name, &value)]);
            prop_assert!(url.is_ascii());
            let came = read(&url).unwrap();
            prop_assert_eq!(&came.key, &key);
            prop_assert!(came.promise().is_signed_by(&secret, &came.signature));
        }
    }

    #[test]
    fn what_is_changed_in_any_part_is_not_signed() {
        let (url, secret) = signed("in/a", Verb::Get, &[("response-content-type", "text/plain")]);
        let holds = |url: &str| read(url).is_some_and(|came| came.promise().is_signed_by(&secret, &came.signature));
        assert!(holds(&url));
        for (from, to) in [
            ("/in/a?", "/in/b?"),
            ("method=GET", "method=PUT"),
            ("expires=60", "expires=61"),
            ("text%2Fplain", "text%2Fhtml"),
            ("&signature=", "&more=1&signature="),
            ("response-content-type", "response-content-type-x"),
            ("&place=", "&place=A"),
        ] {
            let other = url.replacen(from, to, 1);
            assert!(other != url && !holds(&other), "{other}");
        }
        let stranger = signing_key(&SecretBytes::from("other"));
        let came = read(&url).unwrap();
        assert!(!came.promise().is_signed_by(&stranger, &came.signature));
    }

    #[test]
    fn a_url_is_of_one_folder_and_bucket() {
        let (url, secret) = signed("in/a", Verb::Get, &[]);
        let came = read(&url).unwrap();
        let is_of = |folder: &str, bucket: &str| came.is_of(&secret, folder, &bucket.parse().unwrap());
        assert!(is_of("/srv/data", "bucket"));
        assert!(!is_of("/srv/more", "bucket") && !is_of("/srv/data", "other") && !is_of("/srv/databucket", "bucket"));
        assert!(!url.contains("srv"), "whoever holds it learns nothing of the machine: {url}");
    }
}
