//! The names in a directory in the order of keys, a bounded number of them at a time.
//!
//! A directory gives its names in no order, so each of them is looked at; but only the first ones that are asked for
//! are kept in memory.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{Dir, FileType};

use super::folder::{self, is_absent};
use super::name::UNFINISHED;

/// A directory with more names is refused: every page of it would read them all.
const MOST: usize = 1_000_000;

/// The first of the keys that a directory leads to.
pub(super) struct Part<K> {
    /// In order, each once.
    pub(super) found: BTreeMap<String, K>,
    /// There are others behind them.
    pub(super) more: bool,
    /// So many names were looked at.
    pub(super) read: usize,
}

impl<K> Part<K> {
    pub(super) fn empty() -> Self {
        Self { found: BTreeMap::new(), more: false, read: 0 }
    }
}

/// The first so many keys of a directory; `key` makes them of the names of files and, if it says so, directories.
pub(super) fn first<K>(
    at: &OwnedFd,
    most: usize,
    mut key: impl FnMut(&str, bool) -> Option<(String, K)>,
) -> io::Result<Part<K>> {
    let mut part = Part::empty();
    for entry in Dir::read_from(at)? {
        let entry = entry?;
        part.read += 1;
        if part.read > MOST {
            let message = format!("a directory here has more than {MOST} names: distribute them over several");
            return Err(io::Error::other(message));
        }
        // Names that are no text cannot be keys.
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." || name.starts_with(UNFINISHED) {
            continue;
        }
        let Some(is_directory) = is_directory(at, name, entry.file_type())? else { continue };
        if let Some((key, kind)) = key(name, is_directory) {
            part.found.insert(key, kind);
        }
        if part.found.len() > most {
            part.found.pop_last();
            part.more = true;
        }
    }
    Ok(part)
}

/// Whether it is a directory or a file; links, devices, pipes and sockets are neither.
fn is_directory(at: &OwnedFd, name: &str, kind: FileType) -> io::Result<Option<bool>> {
    let kind = match kind {
        FileType::Unknown => match folder::look(at.as_fd(), name).map_err(io::Error::from) {
            Ok(stat) => FileType::from_raw_mode(stat.st_mode),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        },
        known => known,
    };
    Ok(match kind {
        FileType::RegularFile => Some(false),
        FileType::Directory => Some(true),
        _ => None,
    })
}
