//! The file that holds the root key.
//!
//! It appears complete or not at all, is never overwritten, and is refused as soon as anybody but
//! its owner may read or write it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::KeyringError;
use crate::key::{Key, random};
use crate::root::decode;

/// Far above the 45 bytes of a key file, so that whatever else is there is not read in full.
const READ_LIMIT: u64 = 1024;

/// The key in the file, `None` where there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Key>, KeyringError> {
    let failed = |source| KeyringError::RootKeyFile { path: path.to_owned(), doing: "read", source };
    let malformed = || KeyringError::RootKeyFileMalformed { path: path.to_owned() };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let about = file.metadata().map_err(failed)?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyringError::RootKeyFileOpen { path: path.to_owned(), mode });
    }
    if !about.is_file() {
        return Err(malformed());
    }
    // Reserved at once: a buffer that grows leaves unwiped copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * READ_LIMIT as usize));
    file.take(READ_LIMIT).read_to_end(&mut text).map_err(failed)?;
    let bytes = decode(text.trim_ascii()).ok_or_else(malformed)?;
    Key::from_slice(bytes.expose()).ok_or_else(malformed)?.map(Some)
}

/// Makes the file with a new key; a file that another process made meanwhile wins.
pub(crate) fn make(path: &Path) -> Result<Key, KeyringError> {
    let failed = |source| KeyringError::RootKeyFile { path: path.to_owned(), doing: "made", source };
    let key = Key::generate()?;
    let draft = draft_path(path)?;
    let linked = write_draft(&draft, &key).and_then(|()| fs::hard_link(&draft, path));
    // The draft holds a key: it must not stay, whatever happened.
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => {
            removed.and_then(|()| sync_directory(path)).map_err(failed)?;
            tracing::info!(path = %path.display(), root_key = key.id(), "made a new root key; keep a copy of the file apart from the database");
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path)?.ok_or_else(|| failed(error)),
        Err(error) => Err(failed(error)),
    }
}

fn write_draft(draft: &Path, key: &Key) -> io::Result<()> {
    let mut text = Zeroizing::new(STANDARD.encode(key.expose()));
    text.push('\n');
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn draft_path(path: &Path) -> Result<PathBuf, KeyringError> {
    let mut suffix = [0; 8];
    random(&mut suffix)?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", hex::encode(suffix)));
    Ok(PathBuf::from(name))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_file_belongs_to_its_owner_alone_and_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        let made = make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(read(&path).unwrap().unwrap().id(), made.id());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        let first = make(&path).unwrap();
        assert_eq!(make(&path).unwrap().id(), first.id());
        assert_eq!(read(&path).unwrap().unwrap().id(), first.id());
    }

    #[test]
    fn any_permission_for_others_is_refused_with_the_command_that_mends_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        make(&path).unwrap();
        for mode in [0o640, 0o620, 0o604, 0o602, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, KeyringError::RootKeyFileOpen { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read(&path).unwrap().is_some());
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_without_showing_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        for content in ["", "hunter2", &"A".repeat(5000), &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33])] {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, KeyringError::RootKeyFileMalformed { .. }), "{error}");
            assert!(content.is_empty() || !error.to_string().contains(content));
        }
        let directory_as_key = directory.path().join("directory");
        fs::create_dir(&directory_as_key).unwrap();
        fs::set_permissions(&directory_as_key, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(matches!(read(&directory_as_key).unwrap_err(), KeyringError::RootKeyFileMalformed { .. }));
    }

    #[test]
    fn a_directory_that_does_not_exist_is_an_error_of_making() {
        let directory = tempfile::tempdir().unwrap();
        let error = make(&directory.path().join("missing/root.key")).unwrap_err();
        assert!(matches!(error, KeyringError::RootKeyFile { doing: "made", .. }), "{error}");
    }
}
