//! The one row that says which installation this is and which root key belongs to it.
//!
//! It is made on the first start and by nothing else; a second one cannot be inserted.

use domain::Result;
use domain::id::InstallationId;
use jiff::Timestamp;

use crate::{Tx, args};

/// The installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Never changes.
    pub id: InstallationId,
    /// When it was first started.
    pub created_at: Timestamp,
    /// The public fingerprint of the root key.
    pub root_key_id: String,
    /// What tells the right root key from a wrong one, as the keyring wrote it.
    pub root_key_check: String,
    /// The sealed key that signs checkpoints.
    pub signing_key: Vec<u8>,
}

/// The installation, unless the store is empty.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx) -> Result<Option<Installation>> {
    let row = tx
        .fetch_optional("SELECT id, created_at, root_key_id, root_key_check, signing_key FROM installation", args![])
        .await?;
    row.map(|row| {
        Ok(Installation {
            id: row.get("id")?,
            created_at: row.get_time("created_at")?,
            root_key_id: row.get_text("root_key_id")?.to_owned(),
            root_key_check: row.get_text("root_key_check")?.to_owned(),
            signing_key: row.get_blob("signing_key")?.to_vec(),
        })
    })
    .transpose()
}

/// Writes the installation on the first start.
///
/// # Errors
/// `conflict` if there is one: another node was faster.
pub async fn create(tx: &mut Tx, new: &Installation) -> Result<()> {
    tx.execute(
        "INSERT INTO installation (one, id, created_at, root_key_id, root_key_check, signing_key)
         VALUES (1, $1, $2, $3, $4, $5)",
        args![new.id, new.created_at, &new.root_key_id, &new.root_key_check, new.signing_key.as_slice()],
    )
    .await?;
    Ok(())
}

/// Puts another root key in place, with everything that the old one had sealed for the installation.
///
/// Tells whether the root key was still `expected`.
///
/// # Errors
/// Those of the database.
pub async fn replace_root_key(
    tx: &mut Tx,
    expected: &str,
    root_key_id: &str,
    root_key_check: &str,
    signing_key: &[u8],
) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE installation SET root_key_id = $1, root_key_check = $2, signing_key = $3 WHERE root_key_id = $4",
            args![root_key_id, root_key_check, signing_key, expected],
        )
        .await?;
    Ok(touched == 1)
}
