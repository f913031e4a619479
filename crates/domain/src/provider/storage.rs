//! Objects: raw keys, streaming bodies, and the provider's own code and request id on every error.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ProviderError;

/// Which part of a bucket is listed.
#[derive(Debug, Clone, Default)]
pub struct ListAsk {
    /// Only keys that begin so.
    pub prefix: String,
    /// Roll up keys that share what comes before it; none lists flat.
    pub delimiter: Option<String>,
    /// The provider's continuation token of the page before.
    pub token: Option<String>,
    /// Only keys after this one.
    pub start_after: Option<String>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ObjectEntry {
    /// The whole key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// As the store gives it, without quotes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// When it was last written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub modified: Option<Timestamp>,
}

/// One page of a listing.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The objects.
    pub items: Vec<ObjectEntry>,
    /// What was rolled up.
    pub prefixes: Vec<String>,
    /// The provider's continuation token, if there is more.
    pub next: Option<String>,
}

/// Which object, and which bytes of it.
#[derive(Debug, Clone)]
pub struct GetAsk {
    /// The whole key.
    pub key: String,
    /// First and last byte, both included.
    pub range: Option<(u64, u64)>,
}

/// What was stored.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// In bytes.
    pub size: Option<u64>,
    /// Without quotes.
    pub etag: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
    /// `x-amz-server-side-encryption`, as the store reports it.
    pub encryption: Option<String>,
    /// The key that it was encrypted with, as the store reports it.
    pub kms_key: Option<String>,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// `Content-Type`, as it was written.
    pub content_type: Option<String>,
    /// The storage class, where it is not the usual one.
    pub storage_class: Option<String>,
    /// What whoever wrote it has put beside it: names without `x-amz-meta-`, and values.
    pub metadata: Vec<(String, String)>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// The condition of a write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PutCondition {
    /// Whatever is there.
    #[default]
    None,
    /// Only if nothing is there (`If-None-Match: *`).
    Absent,
    /// Only if exactly this is there (`If-Match`).
    Matches(String),
}

/// A small object to write.
#[derive(Debug, Clone)]
pub struct PutAsk {
    /// The whole key.
    pub key: String,
    /// The body.
    pub body: Bytes,
    /// The condition.
    pub condition: PutCondition,
    /// Headers to send, such as those of the encryption.
    pub headers: Vec<(String, String)>,
}

/// An object to write as it arrives.
pub struct UploadAsk {
    /// The whole key.
    pub key: String,
    /// How many bytes come; fewer or more are an error and nothing is kept.
    pub length: u64,
    /// The bytes.
    pub body: BoxStream<'static, std::io::Result<Bytes>>,
    /// The condition.
    pub condition: PutCondition,
    /// `Content-Type`, kept with the object where the store can.
    pub content_type: Option<String>,
}

/// A bucket of `list_buckets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BucketInfo {
    /// Its name.
    pub name: String,
}

/// The objects of one bucket, with one session.
#[async_trait]
pub trait ObjectStorage: Send + Sync {
    /// One page of keys, in the store's order.
    ///
    /// # Errors
    /// The provider's own answer, as with all calls here.
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError>;

    /// The metadata of an object. A HEAD has no body, so a refusal has no code.
    async fn head(&self, key: &str) -> Result<Stored, ProviderError>;

    /// The bytes of an object, streaming.
    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError>;

    /// Writes a small object.
    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError>;

    /// Writes an object of any size as it arrives; it is there whole, or not at all.
    ///
    /// # Errors
    /// `Unsupported` unless Tidegate itself serves the URLs of this store.
    async fn upload(&self, _ask: UploadAsk) -> Result<Stored, ProviderError> {
        Err(ProviderError::new(
            super::ProviderErrorKind::Unsupported,
            "upload",
            "objects of this store are written with signed URLs",
        ))
    }

    /// Removes an object, or one version of it; no error if nothing is there.
    async fn delete(&self, key: &str, version: Option<&str>) -> Result<(), ProviderError>;

    /// The buckets that the session may see.
    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError>;

    /// Whether the bucket's own policy may be read; its text is not returned.
    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError>;

    /// Whether the bucket's ACL may be read; it is not returned.
    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError>;
}
