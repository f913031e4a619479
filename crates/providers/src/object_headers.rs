//! What S3 and Azure say of an object in headers that differ by their prefix alone.

use http::HeaderMap;

use crate::answer::header;

/// Stores allow 2 KiB of metadata, Azure 8; one that sends more is not believed all of it.
const MOST_METADATA: usize = 100;

/// The first so many of them; what is not text is shown as far as it is.
pub(crate) fn metadata(headers: &HeaderMap, prefix: &str) -> Vec<(String, String)> {
    let own = headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix(prefix)?, value)));
    let text = own.map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let mut metadata: Vec<_> = text.take(MOST_METADATA).collect();
    metadata.sort();
    metadata
}

/// The size of the whole object, also where only a range of it was sent.
pub(crate) fn size(headers: &HeaderMap) -> Option<u64> {
    let whole = header(headers, "content-range").and_then(|text| text.rsplit('/').next()?.parse().ok());
    whole.or_else(|| header(headers, "content-length")?.parse().ok())
}
