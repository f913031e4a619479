//! How long it takes to reach the buckets: from the server, and from where people are.
//!
//! The server measures with each proof. A page measures with signed URLs and says what it found: that is
//! believed only as a figure beside the server's, and nothing is decided by it.

mod record;
mod show;

pub use show::{LatencySide, LatencyView};

pub(crate) use show::read;
