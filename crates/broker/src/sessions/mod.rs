//! Open sessions of the providers, kept while they are good.
//!
//! What always holds: keys compare exactly, never by hash; a session is kept for one principal and one
//! revision of its integration; it is reused only with fifteen minutes left or more, and never for a
//! credential whose asked life it would outlive; however many callers wait, the provider is asked once.

mod cache;
mod connections;
pub(crate) mod limits;
mod open;
mod place;
mod slot;

pub(crate) use cache::{Need, SessionCache, SessionKey, Want};
pub(crate) use connections::ConnectionCache;
pub(crate) use open::{Lent, SessionWish};
pub(crate) use place::{Place, PlaceKey};
pub(crate) use slot::Opened;

use std::time::Duration;

/// A session with less than this left is not handed out: AWS clients refresh at fifteen minutes.
pub(crate) const LEAST_LEFT: Duration = Duration::from_secs(15 * 60);

/// How long a session lives if nobody asks for more.
pub(crate) const USUAL_LIFE: Duration = Duration::from_secs(60 * 60);
