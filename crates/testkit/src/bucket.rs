//! A bucket of a test's own on one of the real stores.

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use signing::{Endpoint, Keys};

use crate::aws_query::SessionKeys;
use crate::component::{ROOT, User};
use crate::random;
use crate::request::{Answer, Call, elements, send};

/// A bucket, seen by whoever holds the keys.
#[derive(Debug, Clone)]
pub struct Bucket {
    endpoint: Endpoint,
    name: String,
    keys: SessionKeys,
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
        Self { endpoint, name: name.to_owned(), keys }
    }

    /// The same bucket seen by somebody else.
    pub fn seen_by(&self, keys: SessionKeys) -> Self {
        Self { keys, ..self.clone() }
    }

    /// The same bucket seen by a user with fixed keys.
    pub fn seen_by_user(&self, user: &User) -> Self {
        self.seen_by(SessionKeys::of(user))
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
        let keys: Keys<'_> = self.keys.keys();
        let origin = self.endpoint.origin();
        send(&origin, call.signed(&origin, &keys, "s3", &query)).await
    }
}

/// Keys in listings are encoded like forms.
fn decode(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}
