//! Signed URLs.

mod ask;
mod batch;
mod sign;

pub(crate) use ask::ttl;
pub use ask::{MOST_KEYS, ResponseHeaders, UrlsAsk};
pub use batch::UrlBatch;
