//! Reading a store's pages until one page of ours is full.

use domain::Result;
use domain::provider::{ListAsk, Listing, ObjectEntry, ObjectStorage};
use serde::Serialize;

use super::Cursor;
use super::filter::Filter;

/// The most pages of the store that one call reads.
const MOST_PAGES: usize = 20;
/// The page that a store is asked for where some of it will be left out.
const STORE_PAGE: u32 = 1000;

/// A page of objects.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct ObjectPage {
    /// The objects.
    pub items: Vec<ObjectEntry>,
    /// What was rolled up at the delimiter.
    pub prefixes: Vec<String>,
    /// Give this as `after` to get the next page; a page may be empty and still have a next one.
    pub next: Option<String>,
}

impl ObjectPage {
    fn room(&self, limit: u32) -> u32 {
        let full = self.items.len().saturating_add(self.prefixes.len());
        limit.saturating_sub(u32::try_from(full).unwrap_or(u32::MAX))
    }
}

/// What is read.
pub(super) struct Scan<'a> {
    pub(super) storage: &'a dyn ObjectStorage,
    /// Begins with the datasource's prefix.
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    pub(super) limit: u32,
    pub(super) filter: &'a Filter,
}

impl Scan<'_> {
    /// Reads on from a cursor.
    pub(super) async fn run(&self, from: Cursor) -> Result<ObjectPage> {
        let Cursor { mut token, key: mut seen } = from;
        let mut page = ObjectPage::default();
        for _ in 0..MOST_PAGES {
            let ask = ListAsk {
                prefix: self.prefix.clone(),
                delimiter: self.delimiter.clone(),
                token: token.clone(),
                start_after: None,
                limit: self.store_page(&page),
            };
            let Listing { items, prefixes, next } = self.storage.list(&ask).await?;
            let items = match seen.take() {
                Some(seen) => behind(items, &seen),
                None => items,
            };
            if let Some(last) = self.take(&mut page, items) {
                page.next = Some(Cursor { token, key: Some(last) }.write()?);
                return Ok(page);
            }
            page.prefixes.extend(prefixes.into_iter().filter(|prefix| prefix.starts_with(&self.prefix)));
            let Some(next) = next else { return Ok(page) };
            token = Some(next);
            if page.room(self.limit) == 0 {
                break;
            }
        }
        page.next = Some(Cursor { token, key: None }.write()?);
        Ok(page)
    }

    /// Exactly what fits where nothing is left out; a whole page of the store where much may be.
    fn store_page(&self, page: &ObjectPage) -> u32 {
        match self.filter.is_open() || self.delimiter.is_some() {
            true => page.room(self.limit),
            false => STORE_PAGE,
        }
    }

    /// Takes what is shown; if one does not fit any more, gives the key before it.
    fn take(&self, page: &mut ObjectPage, items: Vec<ObjectEntry>) -> Option<String> {
        let mut last = None;
        for entry in items {
            let key = entry.key.clone();
            if key.starts_with(&self.prefix) && self.filter.keeps(&entry) {
                if page.room(self.limit) == 0 {
                    return last;
                }
                page.items.push(entry);
            }
            last = Some(key);
        }
        None
    }
}

/// What follows a key that was looked at already; the key itself may be gone meanwhile.
fn behind(mut items: Vec<ObjectEntry>, seen: &str) -> Vec<ObjectEntry> {
    match items.iter().position(|entry| entry.key == seen) {
        Some(at) => items.split_off(at.saturating_add(1)),
        None => items.into_iter().filter(|entry| entry.key.as_str() > seen).collect(),
    }
}
