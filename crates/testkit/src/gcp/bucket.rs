//! A bucket of a test's own in fake-gcs-server, seen by its administrator: past the front.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::state::At;
use super::upstream::{encode, object_path};
use crate::request::{Answer, Call, send};

/// A bucket.
#[derive(Debug, Clone)]
pub struct GcpBucket {
    origin: String,
    name: String,
}

impl GcpBucket {
    pub(super) fn new(origin: &str, name: &str) -> Self {
        Self { origin: origin.to_owned(), name: name.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes an object.
    pub async fn put(&self, key: &str, body: impl Into<Bytes>) -> Answer {
        self.put_as(key, "application/octet-stream", body).await
    }

    /// Writes an object of a type.
    pub async fn put_as(&self, key: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let target = format!("/upload/storage/v1/b/{}/o?uploadType=media&name={}", encode(&self.name), encode(key));
        self.call(Method::POST, &target, content_type, body.into()).await
    }

    /// Reads an object.
    pub async fn get(&self, key: &str) -> Answer {
        let target = format!("{}?alt=media", object_path("/download", &At::object(&self.name, key)));
        self.call(Method::GET, &target, "", Bytes::new()).await
    }

    /// Deletes an object.
    pub async fn delete(&self, key: &str) -> Answer {
        self.call(Method::DELETE, &object_path("", &At::object(&self.name, key)), "", Bytes::new()).await
    }

    /// All keys that begin so, of one page.
    pub async fn list(&self, prefix: &str) -> Vec<String> {
        let target = format!("/storage/v1/b/{}/o?prefix={}", encode(&self.name), encode(prefix));
        let listed = self.call(Method::GET, &target, "", Bytes::new()).await.ok();
        let listed: Value = serde_json::from_slice(&listed.body).expect("fake-gcs-server answers with JSON");
        let items = listed.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.get("name")?.as_str().map(str::to_owned)).collect()
    }

    async fn call(&self, method: Method, target: &str, content_type: &str, body: Bytes) -> Answer {
        let mut call = Call::new(method.as_str(), target).body(body);
        if !content_type.is_empty() {
            call = call.header("content-type", content_type);
        }
        send(&self.origin, call).await
    }
}
