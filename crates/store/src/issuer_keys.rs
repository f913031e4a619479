//! The keys that sign Tidegate's own tokens, sealed by the root key.
//!
//! Each takes the place of the one before it at a moment that is known beforehand, so that whoever keeps a copy of
//! the public halves has the next one in time.

use domain::Result;
use jiff::Timestamp;

use crate::{Row, Tx, args};

/// A key that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIssuerKey {
    /// The `kid` of its tokens.
    pub id: String,
    /// From 1 on.
    pub number: u32,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// From when on tokens are signed with it.
    pub signs_from: Timestamp,
    /// Until when it is published; for ever, while none takes its place.
    pub published_until: Option<Timestamp>,
    /// The public half, a JSON Web Key (RFC 7517).
    pub public: String,
    /// The root key that seals the private half.
    pub root_key_id: String,
    /// The sealed private half.
    pub sealed: Vec<u8>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, created_at, signs_from, published_until, public, root_key_id, sealed FROM issuer_keys ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredIssuerKey> {
    Ok(StoredIssuerKey {
        id: row.get_text("id")?.to_owned(),
        number: row.get_count("number")?,
        created_at: row.get_time("created_at")?,
        signs_from: row.get_time("signs_from")?,
        published_until: row.get_opt_time("published_until")?,
        public: row.get_text("public")?.to_owned(),
        root_key_id: row.get_text("root_key_id")?.to_owned(),
        sealed: row.get_blob("sealed")?.to_vec(),
    })
}

/// All keys, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<StoredIssuerKey>> {
    tx.fetch_all(select!("ORDER BY number DESC"), args![]).await?.iter().map(read).collect()
}

/// Adds the next key; those before it are published for the last time at `replaced_until`.
///
/// # Errors
/// `conflict` if there is one of that number: somebody else was faster.
pub async fn insert(tx: &mut Tx, new: &StoredIssuerKey, replaced_until: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO issuer_keys (id, number, created_at, signs_from, published_until, public, root_key_id, sealed)
         VALUES ($1, $2, $3, $4, NULL, $5, $6, $7)",
        args![
            &new.id,
            new.number,
            new.created_at,
            new.signs_from,
            &new.public,
            &new.root_key_id,
            new.sealed.as_slice()
        ],
    )
    .await?;
    // An emergency shortens what an orderly change has left.
    tx.execute(
        "UPDATE issuer_keys SET published_until = $1
         WHERE number < $2 AND (published_until IS NULL OR published_until > $1)",
        args![replaced_until, new.number],
    )
    .await?;
    Ok(())
}

/// Puts the private half under another root key.
///
/// # Errors
/// Those of the database.
pub async fn rewrap(tx: &mut Tx, key: &StoredIssuerKey, root_key_id: &str, sealed: &[u8]) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE issuer_keys SET root_key_id = $1, sealed = $2 WHERE id = $3 AND root_key_id = $4",
            args![root_key_id, sealed, &key.id, &key.root_key_id],
        )
        .await?;
    Ok(touched == 1)
}

/// Forgets the keys that are published no more; tells how many.
///
/// # Errors
/// Those of the database.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.execute("DELETE FROM issuer_keys WHERE published_until <= $1", args![now]).await?)
}
