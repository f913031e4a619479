//! What a bucket is like, as far as it may be looked at.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::provider::ProviderError;
use domain::secret::SecretBytes;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use super::call;
use crate::gcp::answer::About;
use crate::gcp::wire::{Call, Wire};

/// What is asked for of a bucket.
const FIELDS: &str = "?fields=kind,location,locationType,iamConfiguration,versioning";

/// A bucket is looked at again after this.
const KEPT: Duration = Duration::from_secs(300);

/// The most buckets that are remembered of a connection.
const MOST: usize = 1_000;

/// What matters of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gcp) struct BucketFacts {
    /// In lower case, as regions are written.
    pub(in crate::gcp) location: String,
    /// `region`, `dual-region` or `multi-region`.
    pub(in crate::gcp) kind: Option<String>,
    /// Whether IAM alone decides, and no access lists of objects.
    pub(in crate::gcp) uniform: bool,
    pub(in crate::gcp) versioned: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    location: String,
    location_type: Option<String>,
    #[serde(default)]
    iam_configuration: Iam,
    #[serde(default)]
    versioning: Switch,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    #[serde(default)]
    uniform_bucket_level_access: Switch,
}

#[derive(Default, Deserialize)]
struct Switch {
    #[serde(default)]
    enabled: bool,
}

/// Asks for a bucket's metadata (`storage.buckets.get`).
pub(in crate::gcp) async fn read(
    wire: &Wire,
    bearer: &SecretBytes,
    bucket: &str,
) -> Result<BucketFacts, ProviderError> {
    let call =
        Call { bearer: Some(bearer), ..call(wire, "storage.buckets.get", About::Bucket, Method::GET, bucket, FIELDS) };
    let raw: Raw = wire.document(call).await?;
    Ok(BucketFacts {
        location: raw.location.to_ascii_lowercase(),
        kind: raw.location_type,
        uniform: raw.iam_configuration.uniform_bucket_level_access.enabled,
        versioned: raw.versioning.enabled,
    })
}

/// What was seen of buckets; `None` where it may not be looked at.
#[derive(Default)]
pub(in crate::gcp) struct BucketNotes(Mutex<BTreeMap<String, (Option<BucketFacts>, Timestamp)>>);

impl BucketNotes {
    /// What is remembered, while it is new enough.
    pub(in crate::gcp) fn get(&self, bucket: &str, now: Timestamp) -> Option<Option<BucketFacts>> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (facts, at) = notes.get(bucket)?;
        (now.duration_since(*at).unsigned_abs() < KEPT).then(|| facts.clone())
    }

    pub(in crate::gcp) fn put(&self, bucket: &str, facts: Option<BucketFacts>, now: Timestamp) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= MOST {
            notes.clear();
        }
        notes.insert(bucket.to_owned(), (facts, now));
    }
}
