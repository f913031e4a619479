//! What an answer says of an object: its resource, or the headers of a download.

use std::collections::BTreeMap;

use domain::provider::{ObjectEntry, ProviderError, Stored};
use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::answer::header;
use crate::gcp::answer::{not_google, request_id};

/// What is asked for of an object.
pub(super) const FIELDS: &str = "kind,name,size,generation,timeCreated,contentType,storageClass,kmsKeyName,metadata";

/// Metadata of an object has at most 8 KiB; what is shown is bounded as elsewhere.
const MOST_METADATA: usize = 100;

/// The resource of an object; numbers are texts there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) name: String,
    #[serde(default, deserialize_with = "number")]
    size: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    generation: Option<u64>,
    time_created: Option<Timestamp>,
    content_type: Option<String>,
    storage_class: Option<String>,
    kms_key_name: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Text(String),
        Number(u64),
    }
    Ok(match Option::<Number>::deserialize(from)? {
        Some(Number::Text(text)) => text.parse().ok(),
        Some(Number::Number(number)) => Some(number),
        None => None,
    })
}

impl Resource {
    /// As a line of a listing.
    pub(super) fn entry(self) -> ObjectEntry {
        ObjectEntry {
            key: self.name,
            size: self.size.unwrap_or(0),
            etag: self.generation.map(|generation| generation.to_string()),
            modified: self.time_created,
        }
    }

    /// As what was stored; a version only where the bucket keeps old ones.
    pub(super) fn stored(self, headers: &HeaderMap, versioned: bool) -> Stored {
        let generation = self.generation.map(|generation| generation.to_string());
        Stored {
            size: self.size,
            version: generation.clone().filter(|_| versioned),
            etag: generation,
            encryption: None,
            kms_key: self.kms_key_name,
            modified: self.time_created,
            content_type: self.content_type,
            storage_class: self.storage_class.filter(|class| class != "STANDARD"),
            metadata: self.metadata.into_iter().take(MOST_METADATA).collect(),
            request_id: request_id(headers),
        }
    }
}

/// Reads the headers of a download; a server that names no generation is not Cloud Storage.
pub(super) fn of_download(
    operation: &'static str,
    status: u16,
    headers: &HeaderMap,
    versioned: bool,
) -> Result<Stored, ProviderError> {
    let generation = header(headers, "x-goog-generation");
    if generation.is_none() && request_id(headers).is_none() {
        return Err(not_google(operation, status, headers, b""));
    }
    let own = headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix("x-goog-meta-")?, value)));
    let text = own.map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Ok(Stored {
        size: size(headers),
        version: generation.clone().filter(|_| versioned),
        etag: generation,
        encryption: None,
        kms_key: None,
        modified: header(headers, "last-modified").and_then(|text| modified(&text)),
        content_type: header(headers, "content-type"),
        storage_class: header(headers, "x-goog-storage-class").filter(|class| class != "STANDARD"),
        metadata: text.take(MOST_METADATA).collect(),
        request_id: request_id(headers),
    })
}

fn modified(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// The size of the whole object, also where only a range of it was sent.
fn size(headers: &HeaderMap) -> Option<u64> {
    let whole = header(headers, "content-range").and_then(|text| text.rsplit('/').next()?.parse().ok());
    whole.or_else(|| header(headers, "content-length")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_read_with_its_generation_as_tag() {
        let resource: Resource = serde_json::from_str(
            r#"{"kind":"storage#object","name":"a/b","size":"7","generation":"1763837065123456","storageClass":"STANDARD",
                "timeCreated":"2026-11-22T18:44:25.123Z","contentType":"image/png","metadata":{"label":"cat"}}"#,
        )
        .unwrap();
        let stored = resource.stored(&HeaderMap::new(), false);
        assert_eq!((stored.size, stored.etag.as_deref()), (Some(7), Some("1763837065123456")));
        assert_eq!((stored.version, stored.storage_class), (None, None));
        assert_eq!(stored.metadata, [("label".to_owned(), "cat".to_owned())]);
    }

    #[test]
    fn a_download_tells_the_whole_size_and_its_mark() {
        let pairs = [("x-goog-generation", "5"), ("content-length", "4"), ("content-range", "bytes 0-3/10")];
        let headers: HeaderMap =
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        let stored = of_download("storage.objects.get", 206, &headers, true).unwrap();
        assert_eq!((stored.size, stored.version.as_deref()), (Some(10), Some("5")));
        assert!(of_download("storage.objects.get", 200, &HeaderMap::new(), true).is_err());
    }
}
