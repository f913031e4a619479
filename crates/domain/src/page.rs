//! Lists come in pages.

use serde::{Deserialize, Serialize};

/// The page size if none is asked for.
pub const DEFAULT_LIMIT: u32 = 100;
/// The largest page.
pub const MAX_LIMIT: u32 = 1_000;

/// Which page is asked for.
#[derive(Debug, Clone, Default)]
pub struct PageAsk {
    /// The opaque `next` of the page before.
    pub after: Option<String>,
    /// How many items at most: 1 to [`MAX_LIMIT`].
    pub limit: u32,
}

impl PageAsk {
    /// A page of so many items; refuses 0 and more than [`MAX_LIMIT`].
    ///
    /// # Errors
    /// `invalid` at `/limit`.
    pub fn new(after: Option<String>, limit: Option<u32>) -> crate::Result<Self> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            Ok(Self { after, limit })
        } else {
            Err(crate::Error::invalid("/limit", format!("limit is between 1 and {MAX_LIMIT}")))
        }
    }
}

/// One page.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items, in a stable order.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; absent on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Changes every item, keeping the cursor.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
