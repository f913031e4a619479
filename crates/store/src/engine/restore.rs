//! Putting a copy in place of the embedded database.
//!
//! The change is one rename: after a crash there is the old database or the copy, whole. Nothing may
//! be using the database meanwhile; whoever calls this holds the lock of its folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use domain::step::{AtStep, Step};
use domain::{Error, ErrorKind, Result};

use super::backup::{blocking, folder};
use super::{Store, StoreConfig};

impl Store {
    /// Puts a copy in place of the database, which is kept beside it; gives the name under which it is kept.
    ///
    /// # Errors
    /// `conflict` if the database is in use or the files cannot be written: then nothing is changed.
    pub async fn restore(copy: &Path, to: &Path, at_step: AtStep) -> Result<Option<PathBuf>> {
        Self::inspect_backup(copy).await?;
        if to.exists() {
            // Closing it folds its write-ahead log in, so that no older log can meet the copy.
            Self::open(&StoreConfig::Sqlite { path: to.to_owned() }).await?.close().await;
        }
        for suffix in ["-wal", "-shm"] {
            if beside(to, suffix).exists() {
                return Err(Error::new(ErrorKind::Conflict, "the database is in use")
                    .with_hint("Stop the server before you restore."));
            }
        }
        let (copy, to) = (copy.to_owned(), to.to_owned());
        blocking(move || replace(&copy, &to, at_step)).await
    }
}

fn replace(copy: &Path, to: &Path, at_step: AtStep) -> std::io::Result<Option<PathBuf>> {
    let fresh = tempfile::Builder::new().prefix(".restore-").tempfile_in(folder(to))?;
    std::io::copy(&mut File::open(copy)?, &mut fresh.as_file())?;
    fresh.as_file().sync_all()?;
    at_step(Step::RestoreCopied);
    let kept = match to.exists() {
        true => Some(keep(to)?),
        false => None,
    };
    fresh.persist(to)?;
    File::open(folder(to))?.sync_all()?;
    Ok(kept)
}

/// Gives the database a second name: the first of `.before-restore-1`, `-2`, ... that is free.
fn keep(database: &Path) -> std::io::Result<PathBuf> {
    for number in 1..1000 {
        let name = beside(database, &format!(".before-restore-{number}"));
        match fs::hard_link(database, &name) {
            Ok(()) => return Ok(name),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other("there are too many kept databases beside it"))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
