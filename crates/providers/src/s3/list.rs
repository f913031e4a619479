//! The answers of `ListObjectsV2` and `ListBuckets`.
//!
//! `encoding-type=url` is asked for, because XML cannot hold every key; what comes back encoded is decoded
//! exactly once, and what comes back as it is (the store ignores the parameter) is left as it is.

use domain::provider::{BucketInfo, Listing, ObjectEntry, ProviderError};
use percent_encoding::percent_decode_str;

use crate::answer::not_the_provider;
use crate::xml::Element;

/// Reads a page of a listing.
pub(super) fn listing(operation: &'static str, incoming: &net::Incoming) -> Result<Listing, ProviderError> {
    let root = root(operation, incoming, "ListBucketResult")?;
    let encoded = root.text_at(&["EncodingType"]) == Some("url");
    let name = |text: &str| if encoded { decode(text) } else { text.to_owned() };
    let items = root.children("Contents").filter_map(|entry| {
        Some(ObjectEntry {
            key: name(entry.text_at(&["Key"])?),
            size: entry.text_at(&["Size"]).and_then(|text| text.trim().parse().ok()).unwrap_or(0),
            etag: entry
                .text_at(&["ETag"])
                .map(|text| text.trim_matches('"').to_owned())
                .filter(|text| !text.is_empty()),
            modified: entry.text_at(&["LastModified"]).and_then(|text| text.trim().parse().ok()),
        })
    });
    let prefixes = root.children("CommonPrefixes").filter_map(|entry| entry.text_at(&["Prefix"]).map(name));
    let more = root.text_at(&["IsTruncated"]).is_some_and(|text| text.trim() == "true");
    let token = root.text_at(&["NextContinuationToken"]).filter(|token| more && !token.is_empty());
    Ok(Listing { items: items.collect(), prefixes: prefixes.collect(), next: token.map(str::to_owned) })
}

/// Reads the names of buckets.
pub(super) fn buckets(operation: &'static str, incoming: &net::Incoming) -> Result<Vec<BucketInfo>, ProviderError> {
    let root = root(operation, incoming, "ListAllMyBucketsResult")?;
    let Some(list) = root.child("Buckets") else { return Ok(Vec::new()) };
    Ok(list
        .children("Bucket")
        .filter_map(|bucket| bucket.text_at(&["Name"]).map(|name| BucketInfo { name: name.to_owned() }))
        .collect())
}

fn root(operation: &'static str, incoming: &net::Incoming, name: &str) -> Result<Element, ProviderError> {
    Element::parse(&incoming.body)
        .ok()
        .filter(|root| root.name == name)
        .ok_or_else(|| not_the_provider(operation, incoming.status, &incoming.headers, &incoming.body))
}

/// Form decoding, as AWS encodes: `+` is a blank and a plus is `%2B`.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use domain::provider::ProviderErrorKind;

    use super::*;

    fn incoming(body: &str) -> net::Incoming {
        net::Incoming { status: 200, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    fn page(encoding: &str, key: &str) -> net::Incoming {
        incoming(&format!(
            "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>data</Name>\
             <Prefix></Prefix>{encoding}<IsTruncated>true</IsTruncated><Contents><Key>{key}</Key>\
             <LastModified>2026-11-22T18:44:25.000Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>7</Size></Contents>\
             <CommonPrefixes><Prefix>{key}/</Prefix></CommonPrefixes>\
             <NextContinuationToken>t+%2F=</NextContinuationToken></ListBucketResult>"
        ))
    }

    #[test]
    fn encoded_keys_are_decoded_exactly_once() {
        for (sent, key) in [
            ("a%2Bb", "a+b"),
            ("a+b", "a b"),
            ("a%20b", "a b"),
            ("a%252Fb", "a%2Fb"),
            ("%2Flead%2F%2Ftwo", "/lead//two"),
            ("%C3%A9%01", "é\u{1}"),
        ] {
            let listing = listing("s3:ListBucket", &page("<EncodingType>url</EncodingType>", sent)).unwrap();
            assert_eq!(listing.items[0].key, key);
            assert_eq!(listing.prefixes, [format!("{key}/")]);
            assert_eq!(listing.next.as_deref(), Some("t+%2F="), "the token is not encoded");
            assert_eq!((listing.items[0].size, listing.items[0].etag.as_deref()), (7, Some("abc")));
        }
    }

    #[test]
    fn a_store_that_ignores_the_encoding_is_taken_by_its_word() {
        for (sent, key) in [("a+b", "a+b"), ("a%2Fb", "a%2Fb"), (" a &amp; b ", " a & b ")] {
            assert_eq!(listing("s3:ListBucket", &page("", sent)).unwrap().items[0].key, key);
        }
    }

    #[test]
    fn a_page_that_is_no_listing_is_not_the_provider() {
        for body in ["<html><body>hello</body></html>", "", "{}", "<ListAllMyBucketsResult/>"] {
            let error = listing("s3:ListBucket", &incoming(body)).unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::NotTheProvider);
        }
    }

    #[test]
    fn buckets_are_named() {
        let body = "<ListAllMyBucketsResult><Owner/><Buckets><Bucket><Name>a-b</Name></Bucket></Buckets></ListAllMyBucketsResult>";
        assert_eq!(buckets("s3:ListAllMyBuckets", &incoming(body)).unwrap()[0].name, "a-b");
        assert!(buckets("s3:ListAllMyBuckets", &incoming("<ListAllMyBucketsResult/>")).unwrap().is_empty());
    }
}
