//! Forgetting grants that have been over for long; the audit keeps its records of them for ever.

use domain::{Error, Result};
use jiff::Timestamp;

use crate::{Tx, args};

/// Forgets the oldest of those that ended before then, so many at most; tells how many those were.
///
/// The newest of each datasource stays: when something was last handed out is read from it.
///
/// # Errors
/// Those of the database.
pub async fn purge(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64> {
    // Ids begin with the time at which they were made: what is younger is not looked at.
    let made = u64::try_from(before.as_millisecond()).map_err(Error::internal)?;
    let first = uuid::Builder::from_unix_timestamp_millis(made, &[0; 10]).into_uuid();
    let sql = "DELETE FROM grants WHERE id IN (
                   SELECT id FROM grants old WHERE id < $1 AND usable_until < $2
                       AND id <> (SELECT MAX(id) FROM grants newest WHERE newest.datasource = old.datasource)
                   ORDER BY id LIMIT $3)";
    Ok(tx.execute(sql, args![first.to_string(), before, most]).await?)
}
