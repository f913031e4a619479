//! The answers of `List Blobs` and `List Containers`.
//!
//! A name that XML cannot hold comes percent-encoded and says so (`Encoded="true"`, since version 2021-02-12);
//! every other one is taken by its word. Folders of an account with directories are no objects.

use domain::provider::{BucketInfo, Listing, ObjectEntry, ProviderError};
use percent_encoding::percent_decode_str;

use super::answer::not_azure;
use super::stored::time;
use crate::xml::Element;

/// Reads a page of blobs.
pub(super) fn blobs(operation: &'static str, incoming: &net::Incoming) -> Result<Listing, ProviderError> {
    let root = root(operation, incoming)?;
    let Some(found) = root.child("Blobs") else { return Err(stranger(operation, incoming)) };
    let items = found.children("Blob").filter_map(entry).collect();
    let prefixes = found.children("BlobPrefix").filter_map(|prefix| prefix.child("Name").map(name)).collect();
    Ok(Listing { items, prefixes, next: next(&root) })
}

/// Reads a page of containers, and where the next one begins.
pub(super) fn containers(
    operation: &'static str,
    incoming: &net::Incoming,
) -> Result<(Vec<BucketInfo>, Option<String>), ProviderError> {
    let root = root(operation, incoming)?;
    let Some(found) = root.child("Containers") else { return Err(stranger(operation, incoming)) };
    let names = found.children("Container").filter_map(|container| container.child("Name").map(name));
    Ok((names.map(|name| BucketInfo { name }).collect(), next(&root)))
}

fn entry(blob: &Element) -> Option<ObjectEntry> {
    let key = blob.child("Name").map(name)?;
    let text = |property: &str| blob.text_at(&["Properties", property]).map(str::trim).filter(|text| !text.is_empty());
    if text("ResourceType") == Some("directory") {
        return None;
    }
    Some(ObjectEntry {
        key,
        size: text("Content-Length").and_then(|text| text.parse().ok()).unwrap_or(0),
        etag: text("Etag").map(|text| text.trim_matches('"').to_owned()),
        modified: text("Last-Modified").and_then(time),
    })
}

fn name(element: &Element) -> String {
    if element.is("Encoded") {
        return percent_decode_str(&element.text).decode_utf8_lossy().into_owned();
    }
    element.text.clone()
}

fn next(root: &Element) -> Option<String> {
    root.text_at(&["NextMarker"]).filter(|marker| !marker.is_empty()).map(str::to_owned)
}

fn root(operation: &'static str, incoming: &net::Incoming) -> Result<Element, ProviderError> {
    let root = Element::parse(&incoming.body).ok().filter(|root| root.name == "EnumerationResults");
    root.ok_or_else(|| stranger(operation, incoming))
}

fn stranger(operation: &'static str, incoming: &net::Incoming) -> ProviderError {
    not_azure(operation, incoming.status, &incoming.headers, &incoming.body)
}

#[cfg(test)]
mod tests {
    use domain::provider::ProviderErrorKind;

    use super::*;

    fn incoming(body: &str) -> net::Incoming {
        net::Incoming { status: 200, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    fn page(blobs: &str) -> net::Incoming {
        incoming(&format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://a/\" \
             ContainerName=\"c\"><Prefix>in/</Prefix><Blobs>{blobs}</Blobs><NextMarker>2!88!x</NextMarker>\
             </EnumerationResults>"
        ))
    }

    #[test]
    fn blobs_folders_and_the_next_page_are_read() {
        let listing = blobs(
            "blob:ListBlobs",
            &page(
                "<Blob><Name>in/ a&amp;b%2F </Name><Properties><Last-Modified>Sun, 22 Nov 2026 18:44:25 GMT</Last-Modified>\
                 <Etag>0x8D</Etag><Content-Length>7</Content-Length></Properties></Blob>\
                 <Blob><Name Encoded=\"true\">in%2F%EF%BF%BE%25</Name><Properties/></Blob>\
                 <Blob><Name>in/folder</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>\
                 <BlobPrefix><Name>in/sub/</Name></BlobPrefix>",
            ),
        )
        .unwrap();
        let keys: Vec<_> = listing.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["in/ a&b%2F ", "in/\u{fffe}%"]);
        assert_eq!((listing.items[0].size, listing.items[0].etag.as_deref()), (7, Some("0x8D")));
        assert_eq!(listing.items[0].modified, Some("2026-11-22T18:44:25Z".parse().unwrap()));
        assert_eq!((listing.prefixes, listing.next.as_deref()), (vec!["in/sub/".to_owned()], Some("2!88!x")));
    }

    #[test]
    fn containers_are_named() {
        let body = "<EnumerationResults><Containers><Container><Name>a-b</Name></Container></Containers><NextMarker/></EnumerationResults>";
        let (names, next) = containers("blob:ListContainers", &incoming(body)).unwrap();
        assert_eq!((names[0].name.as_str(), next), ("a-b", None));
    }

    #[test]
    fn a_page_that_is_no_listing_is_not_azures() {
        for body in ["<html><body>hello</body></html>", "", "{}", "<EnumerationResults/>", "<ListBucketResult/>"] {
            let error = blobs("blob:ListBlobs", &incoming(body)).unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::NotTheProvider, "{body}");
        }
    }
}
