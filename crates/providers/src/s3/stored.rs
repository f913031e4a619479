//! What the headers of an answer say of an object.

use domain::provider::{ProviderError, Stored};
use http::HeaderMap;
use jiff::Timestamp;

use crate::answer::{header, not_the_provider, request_id};
use crate::object_headers::{metadata, size};

/// Reads the headers of a success; a server that names neither an ETag nor a request id is not an object store.
pub(super) fn stored(operation: &'static str, status: u16, headers: &HeaderMap) -> Result<Stored, ProviderError> {
    let etag = header(headers, "etag").map(|text| text.trim_matches('"').to_owned());
    let request_id = request_id(headers);
    if etag.is_none() && request_id.is_none() {
        return Err(not_the_provider(operation, status, headers, b""));
    }
    Ok(Stored {
        size: size(headers),
        etag,
        version: header(headers, "x-amz-version-id").filter(|version| version != "null"),
        encryption: header(headers, "x-amz-server-side-encryption"),
        kms_key: header(headers, "x-amz-server-side-encryption-aws-kms-key-id"),
        request_id,
        modified: header(headers, "last-modified").and_then(|text| modified(&text)),
        content_type: header(headers, "content-type"),
        storage_class: header(headers, "x-amz-storage-class"),
        metadata: metadata(headers, "x-amz-meta-"),
    })
}

/// An HTTP date, which is always in Greenwich time.
fn modified(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_size_is_that_of_the_whole_object() {
        let part = headers(&[("etag", "\"e\""), ("content-length", "4"), ("content-range", "bytes 0-3/10")]);
        let stored = stored("s3:GetObject", 206, &part).unwrap();
        assert_eq!((stored.size, stored.etag.as_deref()), (Some(10), Some("e")));
    }

    #[test]
    fn what_was_put_beside_an_object_is_read() {
        let head = headers(&[
            ("etag", "\"e\""),
            ("last-modified", "Sun, 22 Nov 2026 18:44:25 GMT"),
            ("content-type", "image/png"),
            ("x-amz-storage-class", "GLACIER"),
            ("x-amz-meta-label", "cat"),
            ("x-amz-meta-by", "ann"),
        ]);
        let stored = stored("s3:HeadObject", 200, &head).unwrap();
        assert_eq!(stored.modified, Some("2026-11-22T18:44:25Z".parse().unwrap()));
        assert_eq!(stored.content_type.as_deref(), Some("image/png"));
        assert_eq!(stored.storage_class.as_deref(), Some("GLACIER"));
        assert_eq!(stored.metadata, [("by".to_owned(), "ann".to_owned()), ("label".to_owned(), "cat".to_owned())]);
    }

    #[test]
    fn an_answer_without_any_mark_of_a_store_is_not_one() {
        assert!(stored("s3:GetObject", 200, &headers(&[("content-type", "text/html")])).is_err());
        assert!(stored("s3:PutObject", 200, &headers(&[("x-amz-request-id", "1")])).is_ok());
    }
}
