//! Who holds what.

use domain::Result;
use jiff::Timestamp;
use store::Tx;
use store::grants::Through;

use crate::counted::MOST;

/// So many are named.
const NAMED: u32 = 20;

/// Somebody to whom something was handed out that still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// His name; his id where he is gone.
    pub principal: String,
    /// How many of his grants are live, of the first ten thousand that were looked at.
    pub live_grants: u64,
}

pub(crate) async fn holders(tx: &mut Tx, through: Through, now: Timestamp) -> Result<Vec<Holder>> {
    let found = store::grants::holders(tx, through, now, MOST, NAMED).await?;
    let names = store::principals::names(tx, found.iter().map(|(principal, _)| *principal)).await?;
    let holder = |(id, live_grants): (domain::id::PrincipalId, u64)| Holder {
        principal: names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        live_grants,
    };
    Ok(found.into_iter().map(holder).collect())
}
