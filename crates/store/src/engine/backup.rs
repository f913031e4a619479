//! A copy of the embedded database while it is in use.
//!
//! The copy is one consistent state, complete on the disk under its name or not there at all, and
//! readable by its owner only. It holds no root key: what opens its secrets is kept elsewhere.

use std::path::{Path, PathBuf};

use domain::id::InstallationId;
use domain::step::{AtStep, Step};
use domain::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions as _;

use super::tx::Arm;
use super::{Store, StoreError, Tx, Value, migrate, sqlite};
use crate::installation;

/// What a backup is of, and what is needed to use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The installation that was copied.
    pub installation: InstallationId,
    /// The root key that opens its secrets.
    pub root_key_id: String,
    /// What tells that root key from another, as the keyring wrote it.
    pub root_key_check: String,
    /// The version of its schema.
    pub schema_version: i64,
}

impl Store {
    /// Copies the embedded database to a new file; `at_step` is told of [`Step::BackupCopied`].
    ///
    /// # Errors
    /// `unsupported` on PostgreSQL, `conflict` if the file exists.
    pub async fn backup(&self, to: &Path, at_step: AtStep) -> Result<Manifest> {
        let Some(from) = self.file() else {
            return Err(Error::new(ErrorKind::Unsupported, "Tidegate makes backups of its embedded database only")
                .with_hint("Use pg_dump to back up PostgreSQL, and keep the root key beside it, not in it."));
        };
        let partial = blocking({
            let to = to.to_owned();
            move || begin(&to)
        })
        .await?;
        let path =
            partial.path().to_str().ok_or_else(|| Error::invalid("/path", "the path of a backup is UTF-8 text"))?;
        let mut source = open(from, false).await?;
        source.execute("VACUUM INTO $1", vec![Value::from(path)]).await.map_err(|error| failed(&error))?;
        let manifest = inspect(partial.path()).await?;
        let to = to.to_owned();
        at_step(Step::BackupCopied);
        blocking(move || finish(partial, &to)).await?;
        Ok(manifest)
    }

    /// Reads what a backup is of, after checking that the file is whole.
    ///
    /// # Errors
    /// `invalid` if the file is no backup, `conflict` if a newer program made it.
    pub async fn inspect_backup(path: &Path) -> Result<Manifest> {
        inspect(path).await
    }
}

async fn inspect(path: &Path) -> Result<Manifest> {
    let mut tx = open(path, true).await?;
    let check = tx.fetch_one("PRAGMA quick_check(1)", Vec::new()).await.map_err(not_a_backup)?;
    if check.get_text("quick_check").map_err(not_a_backup)? != "ok" {
        return Err(Error::invalid("/path", "this backup is damaged"));
    }
    let schema_version = migrate::version(&mut tx).await.map_err(not_a_backup)?;
    if schema_version > migrate::KNOWN {
        return Err(StoreError::NewerSchema { found: schema_version, known: migrate::KNOWN }.into());
    }
    let kept = installation::get(&mut tx).await?;
    let kept = kept.ok_or_else(|| Error::invalid("/path", "this store is empty: it was never started"))?;
    let installation::Installation { id, root_key_id, root_key_check, .. } = kept;
    Ok(Manifest { installation: id, root_key_id, root_key_check, schema_version })
}

async fn open(path: &Path, finished: bool) -> Result<Tx> {
    let options = sqlite::options(path).read_only(finished).immutable(finished);
    let connection = options.connect().await.map_err(|error| not_a_backup(error.into()))?;
    Ok(Tx::new(Arm::Writer(connection)))
}

/// A file beside the target, with mode 0600; it goes away unless it is finished.
fn begin(to: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    if to.try_exists()? {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    tempfile::Builder::new().prefix(".backup-").tempfile_in(folder(to))
}

fn finish(partial: tempfile::NamedTempFile, to: &Path) -> std::io::Result<()> {
    partial.as_file().sync_all()?;
    partial.persist_noclobber(to)?;
    std::fs::File::open(folder(to))?.sync_all()
}

pub(super) fn folder(of: &Path) -> PathBuf {
    match of.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await.map_err(Error::internal)? {
        Ok(value) => Ok(value),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::new(ErrorKind::Conflict, "the file of the backup exists already")
                .with_hint("Name another file."))
        }
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Conflict, format!("the backup could not be written: {error}"))
        .with_hint("Make sure that the folder exists, may be written and has room.")
}

fn not_a_backup(error: StoreError) -> Error {
    Error::invalid("/path", "this file is not a backup of Tidegate").with_source(error)
}
