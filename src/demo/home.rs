//! The folder of a demo: the one that was named, or one that is gone at the end.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::pictures;
use crate::cli::Failure;

/// The bucket of the demo's store.
pub(super) const BUCKET: &str = "demo-data";

/// Where everything of a demo is.
pub(super) struct Home {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Home {
    /// Takes the folder, makes it if it is not there, and leaves what is not a demo's alone.
    pub(super) fn open(data: Option<&Path>) -> Result<Self, Failure> {
        let Some(data) = data else {
            let made = tempfile::Builder::new().prefix("tidegate-demo-").tempdir();
            let temporary = made.map_err(|error| unusable(&std::env::temp_dir(), &error))?;
            return Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) });
        };
        let make = || {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data)?;
            let path = data.canonicalize()?;
            Ok((std::fs::read_dir(&path)?.next().is_none(), path))
        };
        let (empty, path) = make().map_err(|error: io::Error| unusable(data, &error))?;
        let home = Self { path, temporary: None };
        let whole = home.token_file().exists() || !home.path.join("tidegate.db").exists();
        if empty || (home.bucket().exists() && whole) {
            return Ok(home);
        }
        let what = format!("{} holds something that no demo has made, or not all of a demo", data.display());
        Err(Failure::usage(what, "name an empty folder with --data, or one of an earlier demo"))
    }

    /// The folder itself, which is Tidegate's data folder too.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is still there afterwards.
    pub(super) fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    /// The administrator's token.
    pub(super) fn token_file(&self) -> PathBuf {
        self.path.join("admin.token")
    }

    /// The folder that the store serves.
    pub(super) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// Puts the pictures into the store's folder.
    pub(super) fn paint(&self) -> Result<(), Failure> {
        pictures::write_all(&self.bucket()).map_err(|error| unusable(&self.path, &error))
    }

    fn bucket(&self) -> PathBuf {
        self.store().join(BUCKET)
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::local("demo", format!("the folder {} cannot be used", path.display()))
        .because(error.to_string())
        .mended_by("name a folder that you may write to with --data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_again_and_one_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo");
        Home::open(Some(&demo)).unwrap().paint().unwrap();
        let again = Home::open(Some(&demo)).unwrap();
        std::fs::write(demo.join("tidegate.db"), "").unwrap();
        assert!(Home::open(Some(&demo)).is_err());
        std::fs::write(again.token_file(), "").unwrap();
        assert!(Home::open(Some(&demo)).is_ok());
        assert!(Home::open(Some(folder.path())).is_err());
    }

    #[test]
    fn without_a_folder_nothing_is_left() {
        let home = Home::open(None).unwrap();
        let path = home.path().to_owned();
        assert!(path.exists() && !home.is_kept());
        drop(home);
        assert!(!path.exists());
    }
}
