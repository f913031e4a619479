//! Who holds what.

use domain::id::PrincipalId;
use domain::{Error, Result};
use jiff::Timestamp;
use store::Tx;
use store::grants::Through;

use crate::counted::MOST;

/// So many are named.
pub(super) const NAMED: usize = 20;

/// Somebody to whom something was handed out that still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// His name; his id where he is gone.
    pub principal: String,
    /// How many of his grants it is; of a connection, among the first ten thousand that were looked at.
    pub live_grants: u64,
}

pub(crate) async fn holders(tx: &mut Tx, through: Through, now: Timestamp) -> Result<Vec<Holder>> {
    let most = u32::try_from(NAMED).map_err(Error::internal)?;
    let found = store::grants::holders(tx, through, now, MOST, most).await?;
    named(tx, found).await
}

/// In the same order.
pub(super) async fn named(tx: &mut Tx, held: Vec<(PrincipalId, u64)>) -> Result<Vec<Holder>> {
    let names = store::principals::names(tx, held.iter().map(|(principal, _)| *principal)).await?;
    let holder = |(id, live_grants): (PrincipalId, u64)| Holder {
        principal: names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        live_grants,
    };
    Ok(held.into_iter().map(holder).collect())
}
