//! What the headers of an answer say of a blob.

use domain::provider::{ProviderError, Stored};
use http::HeaderMap;
use jiff::Timestamp;

use super::answer::{not_azure, request_id};
use crate::answer::header;
use crate::object_headers::{metadata, size};

/// The tier that is the usual one.
const USUAL_TIER: &str = "Hot";

/// Reads the headers of a success; whoever names no request id is not the blob service.
pub(super) fn stored(operation: &'static str, status: u16, headers: &HeaderMap) -> Result<Stored, ProviderError> {
    let request_id = request_id(headers);
    if request_id.is_none() {
        return Err(not_azure(operation, status, headers, b""));
    }
    let says = |name: &str| header(headers, name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Ok(Stored {
        size: size(headers),
        etag: header(headers, "etag").map(|text| text.trim_matches('"').to_owned()),
        version: header(headers, "x-ms-version-id"),
        // Everything is encrypted, and with AES-256 ("Azure Storage encryption for data at rest").
        encryption: (says("x-ms-server-encrypted") || says("x-ms-request-server-encrypted"))
            .then(|| "AES256".to_owned()),
        kms_key: None,
        request_id,
        modified: header(headers, "last-modified").and_then(|text| time(&text)),
        content_type: header(headers, "content-type"),
        storage_class: header(headers, "x-ms-access-tier").filter(|tier| tier != USUAL_TIER),
        metadata: metadata(headers, "x-ms-meta-"),
    })
}

/// An HTTP date, which is always in Greenwich time.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn what_azure_says_of_a_blob_is_read() {
        let head = headers(&[
            ("x-ms-request-id", "R1"),
            ("etag", "\"0x8D\""),
            ("content-length", "4"),
            ("content-range", "bytes 0-3/10"),
            ("last-modified", "Sun, 22 Nov 2026 18:44:25 GMT"),
            ("content-type", "image/png"),
            ("x-ms-server-encrypted", "true"),
            ("x-ms-access-tier", "Cool"),
            ("x-ms-meta-label", "cat"),
        ]);
        let stored = stored("blob:GetBlob", 206, &head).unwrap();
        assert_eq!((stored.size, stored.etag.as_deref()), (Some(10), Some("0x8D")));
        assert_eq!((stored.encryption.as_deref(), stored.storage_class.as_deref()), (Some("AES256"), Some("Cool")));
        assert_eq!(stored.modified, Some("2026-11-22T18:44:25Z".parse().unwrap()));
        assert_eq!(stored.metadata, [("label".to_owned(), "cat".to_owned())]);
    }

    #[test]
    fn an_answer_without_a_request_id_is_not_azures() {
        assert!(stored("blob:PutBlob", 201, &headers(&[("etag", "\"e\"")])).is_err());
    }
}
