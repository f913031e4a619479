//! A URL as a server reads it, and keys that are hard to carry in one.

use percent_encoding::percent_decode_str;
use proptest::prelude::*;

/// The parts of a URL: what the server gets, nothing normalised.
pub(super) struct Got {
    pub(super) origin: String,
    /// As it is sent.
    pub(super) path: String,
    /// As it is sent, in that order.
    pub(super) query: Vec<String>,
}

impl Got {
    pub(super) fn read(url: &str) -> Self {
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "only what may stand in a URL: {url}");
        let (rest, query) = url.split_once('?').unwrap();
        assert!(!query.contains('?') && !url.contains('#'));
        let (scheme, rest) = rest.split_once("://").unwrap();
        let slash = rest.find('/').unwrap();
        Self {
            origin: format!("{scheme}://{}", &rest[..slash]),
            path: rest[slash..].to_owned(),
            query: query.split('&').map(str::to_owned).collect(),
        }
    }

    /// The bytes that the path names.
    pub(super) fn name(&self) -> String {
        decode(&self.path)
    }

    /// The decoded value of a parameter, empty if it is absent.
    pub(super) fn parameter(&self, name: &str) -> String {
        let mut found = self.query.iter().filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let value = decode(found.next().unwrap_or_default());
        assert_eq!(found.next(), None, "{name} once");
        value
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// Names of objects with everything that a store allows.
pub(super) fn awkward() -> impl Strategy<Value = String> {
    let known =
        ["/lead", "a//b/", " blank ", "a%2Fb%", "a?b#c&d=e+f", "é漢🦀", "a/../b", ".", "\\\"<>^`{|}~!*'();:@$,[]"];
    prop_oneof![
        any::<String>(),
        "[a-z/.% ?#&+=]{0,40}",
        prop::sample::select(known.map(str::to_owned).to_vec()),
        Just("é".repeat(512)),
        Just("%".repeat(1_024)),
    ]
}
