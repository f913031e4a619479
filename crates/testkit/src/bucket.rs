//! A bucket of a test's own on one of the real stores.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use domain::clock::{Clock, SystemClock};
use percent_encoding::percent_decode_str;
use signing::{Endpoint, Keys, PresignAsk, Presigner};

use crate::aws_query::SessionKeys;
use crate::component::{ROOT, User};
use crate::random;
use crate::request::{Answer, Call, REGION, elements, send};

/// A bucket, seen by whoever holds the keys.
#[derive(Debug, Clone)]
pub struct Bucket {
    endpoint: Endpoint,
    name: String,
    keys: SessionKeys,
    address: Option<IpAddr>,
}

impl Bucket {
    /// Makes a bucket that no other test uses, as root.
    pub async fn create(url: &str) -> Self {
        Self::create_with_prefix(url, "tg-").await
    }

    /// The same with a name that begins so, such as `tg-keys-`, which the key users may reach.
    pub async fn create_with_prefix(url: &str, prefix: &str) -> Self {
        let bucket = Self::at(url, &format!("{prefix}{}", random::hex(16)), SessionKeys::of(&ROOT));
        bucket.call("PUT", "", &[], &[], Bytes::new()).await.ok();
        bucket
    }

    /// A bucket that exists already.
    pub fn at(url: &str, name: &str, keys: SessionKeys) -> Self {
        let endpoint = Endpoint::parse(url, true).expect("a test gives a valid endpoint");
        Self { endpoint, name: name.to_owned(), keys, address: None }
    }

    /// The same bucket seen by somebody else.
    pub fn seen_by(&self, keys: SessionKeys) -> Self {
        Self { keys, ..self.clone() }
    }

    /// The same bucket seen by a user with fixed keys.
    pub fn seen_by_user(&self, user: &User) -> Self {
        self.seen_by(SessionKeys::of(user))
    }

    /// The same bucket asked from this address of loopback.
    pub fn seen_from(&self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self.clone() }
    }

    /// The same bucket through another address, such as a gateway or a front.
    pub fn through(&self, url: &str) -> Self {
        Self::at(url, &self.name, self.keys.clone())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes an object.
    pub async fn put(&self, key: &str, body: impl Into<Bytes>) -> Answer {
        self.call("PUT", key, &[], &[], body.into()).await
    }

    /// Writes an object of a type.
    pub async fn put_as(&self, key: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        self.call("PUT", key, &[], &[("content-type", content_type)], body.into()).await
    }

    /// Lets pages of one origin read and write in browsers, and of no other. SeaweedFS lets every
    /// page in until this was called for the first time: for a bucket that no page may use, name an
    /// origin that nobody has.
    pub async fn allow_origin(&self, origin: &str) -> Answer {
        let methods = ["GET", "HEAD", "PUT"].map(|method| format!("<AllowedMethod>{method}</AllowedMethod>")).concat();
        let exposed = ["ETag", "Content-Range", "Content-Length", "x-amz-request-id"];
        let exposed = exposed.map(|header| format!("<ExposeHeader>{header}</ExposeHeader>")).concat();
        let document = format!(
            "<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin>{methods}\
             <AllowedHeader>*</AllowedHeader>{exposed}</CORSRule></CORSConfiguration>"
        );
        self.call("PUT", "", &[("cors", "")], &[], document.into()).await
    }

    /// A URL that lets anybody do this for five minutes.
    pub fn signed_url(&self, method: &str, key: &str) -> String {
        let ask = PresignAsk {
            keys: self.keys.keys(),
            endpoint: &self.endpoint,
            bucket: &self.name,
            region: REGION,
            method,
            expires: Duration::from_secs(300),
            at: SystemClock.now(),
            headers: &[],
            query: &[],
        };
        let mut url = String::new();
        Presigner::new(&ask).expect("nothing is asked that cannot be signed").sign_into(key, &mut url);
        url
    }

    /// Reads an object.
    pub async fn get(&self, key: &str) -> Answer {
        self.call("GET", key, &[], &[], Bytes::new()).await
    }

    /// Asks for an object's headers.
    pub async fn head(&self, key: &str) -> Answer {
        self.call("HEAD", key, &[], &[], Bytes::new()).await
    }

    /// Removes an object.
    pub async fn delete(&self, key: &str) -> Answer {
        self.call("DELETE", key, &[], &[], Bytes::new()).await
    }

    /// One page of keys under a prefix, as the store answers it.
    pub async fn list_page(&self, prefix: &str, start_after: &str) -> Answer {
        let mut query = vec![("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)];
        if !start_after.is_empty() {
            query.push(("start-after", start_after));
        }
        self.call("GET", "", &query, &[], Bytes::new()).await
    }

    /// All keys under a prefix; the test fails if listing is refused.
    pub async fn list(&self, prefix: &str) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let page = self.list_page(prefix, keys.last().map_or("", String::as_str)).await.ok();
            let found = elements(&page.text(), "Key");
            let last = found.is_empty() || page.element("IsTruncated").as_deref() != Some("true");
            keys.extend(found.iter().map(|key| decode(key)));
            if last {
                return keys;
            }
        }
    }

    /// Any request: an empty key means the bucket itself; query and headers are raw.
    pub async fn call(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Answer {
        let path = self.endpoint.path(Some(&self.name), key);
        let path = if key.is_empty() { path.trim_end_matches('/') } else { &path };
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut call = Call::new(method, path).body(body);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        if let Some(address) = self.address {
            call = call.from_address(address);
        }
        let keys: Keys<'_> = self.keys.keys();
        let origin = self.endpoint.origin();
        send(&origin, call.signed(&origin, &keys, "s3", &query)).await
    }
}

/// Keys in listings are encoded like forms.
fn decode(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}
