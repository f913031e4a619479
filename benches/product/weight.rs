//! How heavy a page is: its own bytes and those of everything it loads from the server.

use std::collections::BTreeMap;

use crate::line::Line;

/// At most so much, packed.
pub(crate) const MOST: usize = 150 * 1024;

/// The files that pages load, by address, with their size as it is sent.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, usize>);

impl Files {
    /// A page's own bytes as they were sent, and those of its files; pictures of a bucket are not the server's.
    pub(crate) async fn weigh(&mut self, line: &mut Line, session: &str, html: &[u8]) -> usize {
        let html_bytes = html.len();
        let html = String::from_utf8_lossy(html);
        let mut all = html_bytes;
        for address in loaded(&html) {
            if !self.0.contains_key(&address) {
                let file = line.page(session, &address).await;
                assert!(file.status.is_success(), "{address} answered {}", file.status);
                self.0.insert(address.clone(), file.body.len());
            }
            all += self.0.get(&address).copied().unwrap_or_default();
        }
        all
    }
}

/// Each file once, as the browser loads it.
fn loaded(html: &str) -> Vec<String> {
    let mut found: Vec<_> = html
        .match_indices("=\"/static/")
        .filter_map(|(at, _)| Some(html.get(at + 2..)?.split('"').next()?.to_owned()))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// For people.
pub(crate) fn kibibytes(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}
