//! Pages of a listing.

use domain::provider::{ListAsk, Listing, ProviderError};
use serde::Deserialize;

use super::stored::Resource;
use crate::gcp::answer::not_google;
use crate::gcp::wire::pairs;

/// What is asked for of each page: a listing is as fast as its answers are short.
const FIELDS: &str = "kind,nextPageToken,prefixes,items(name,size,generation,timeCreated)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    kind: String,
    #[serde(default)]
    items: Vec<Resource>,
    #[serde(default)]
    prefixes: Vec<String>,
    next_page_token: Option<String>,
}

/// The query of a page.
pub(super) fn query(ask: &ListAsk, token: Option<&str>) -> String {
    let limit = ask.limit.clamp(1, 1_000).to_string();
    let given = [
        ("prefix", Some(ask.prefix.as_str()).filter(|prefix| !prefix.is_empty())),
        ("delimiter", ask.delimiter.as_deref()),
        ("startOffset", ask.start_after.as_deref()),
        ("pageToken", token),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let all: Vec<_> = [("fields", FIELDS), ("maxResults", limit.as_str())].into_iter().chain(given).collect();
    format!("/o?{}", pairs(&all))
}

/// Reads a page.
pub(super) fn page(
    operation: &'static str,
    incoming: &net::Incoming,
    start_after: Option<&str>,
) -> Result<Listing, ProviderError> {
    let page: Option<Page> = serde_json::from_slice(&incoming.body).ok();
    let page = page
        .filter(|page| page.kind == "storage#objects")
        .ok_or_else(|| not_google(operation, incoming.status, &incoming.headers, &incoming.body))?;
    // `startOffset` is the first name that may come; what is wanted begins after it.
    let items = page.items.into_iter().map(Resource::entry).filter(|entry| Some(entry.key.as_str()) != start_after);
    Ok(Listing {
        items: items.collect(),
        prefixes: page.prefixes,
        next: page.next_page_token.filter(|token| !token.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use domain::provider::ProviderErrorKind;

    use super::*;

    fn incoming(body: &str) -> net::Incoming {
        net::Incoming { status: 200, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn a_query_holds_prefix_and_offset_byte_for_byte() {
        let ask = ListAsk {
            prefix: "a b/%&+é".to_owned(),
            delimiter: Some("/".to_owned()),
            start_after: Some("a b/#".to_owned()),
            limit: 5_000,
            ..ListAsk::default()
        };
        let query = query(&ask, Some("t+/="));
        assert!(query.contains("&maxResults=1000&prefix=a%20b%2F%25%26%2B%C3%A9&delimiter=%2F"), "{query}");
        assert!(query.ends_with("&startOffset=a%20b%2F%23&pageToken=t%2B%2F%3D"), "{query}");
    }

    #[test]
    fn a_page_begins_after_its_offset() {
        let body = r#"{"kind":"storage#objects","items":[{"name":"a","size":"1"},{"name":"b","generation":"7"}],
            "prefixes":["c/"],"nextPageToken":"t"}"#;
        let listing = page("storage.objects.list", &incoming(body), Some("a")).unwrap();
        assert_eq!(listing.items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!((listing.prefixes, listing.next.as_deref()), (vec!["c/".to_owned()], Some("t")));
        assert_eq!(listing.items[0].etag.as_deref(), Some("7"));
    }

    #[test]
    fn an_answer_that_is_no_listing_is_not_google() {
        for body in ["", "{}", "[]", "<html></html>", r#"{"kind":"storage#buckets"}"#, r#"{"kind":1}"#] {
            let error = page("storage.objects.list", &incoming(body), None).unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::NotTheProvider, "{body}");
        }
    }
}
