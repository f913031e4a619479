//! Pages of a list, by the last key of the page before.
//!
//! One row more than asked for is read: if it comes, there is a next page. A cursor is the key of
//! the last item that was shown, so that a page neither skips nor repeats what others add or remove.

use std::str::FromStr;

use domain::page::{Page, PageAsk};
use domain::{Error, Result};

use super::Row;

/// The key after which the page begins, as the key's own type.
pub(crate) fn after<T: FromStr>(ask: &PageAsk) -> Result<Option<T>> {
    let after = ask.after.as_deref().map(str::parse::<T>).transpose();
    after.map_err(|_| {
        Error::invalid("/after", "this is not the 'next' of a page before")
            .with_hint("Leave 'after' out to begin again.")
    })
}

/// Makes a page of rows that were read with a limit of one more than asked for.
pub(crate) fn page<T>(
    rows: Vec<Row>,
    ask: &PageAsk,
    key: impl Fn(&T) -> String,
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Page<T>> {
    let limit = usize::try_from(ask.limit).map_err(Error::internal)?;
    let more = rows.len() > limit;
    let items = rows.iter().take(limit).map(read).collect::<Result<Vec<T>>>()?;
    let next = if more { items.last().map(key) } else { None };
    Ok(Page { items, next })
}
