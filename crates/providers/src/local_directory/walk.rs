//! Listing a directory as a store lists keys: in the order of their bytes, from any key on.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use domain::place::MAX_KEY;
use domain::provider::{ListAsk, Listing, ObjectEntry};
use jiff::Timestamp;
use rustix::fs::{Dir, FileType, Stat};

use super::folder::{self, Root, etag};
use super::name::{UNFINISHED, wrong};

/// One directory is sorted in memory.
const MOST_ENTRIES: usize = 1_000_000;

/// A page of a bucket.
pub(super) fn list(root: &Root, bucket: &str, ask: &ListAsk) -> io::Result<Listing> {
    let mut way: Vec<&str> = ask.prefix.split('/').collect();
    way.pop();
    if way.iter().any(|name| wrong(name).is_some()) {
        return Ok(Listing::default());
    }
    // A bucket that is not there is an error; a folder in it that is not there holds nothing.
    let bucket = root.descend(&[bucket])?;
    let Some(start) = descend(bucket, &way)? else { return Ok(Listing::default()) };
    let base = ask.prefix.rfind('/').and_then(|end| ask.prefix.get(..=end)).unwrap_or_default();
    let limit = usize::try_from(ask.limit.clamp(1, 1000)).unwrap_or(1000);
    let mut walk = Walk { ask, limit, page: Listing::default(), last: None, more: false };
    walk.visit(&start, base)?;
    if walk.more {
        walk.page.next = walk.last;
    }
    Ok(walk.page)
}

fn descend(mut at: OwnedFd, way: &[&str]) -> io::Result<Option<OwnedFd>> {
    for name in way {
        match folder::subdirectory(&at, name).map_err(io::Error::from) {
            Ok(next) => at = next,
            Err(error) if leads_nowhere(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(at))
}

fn leads_nowhere(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG))
}

struct Walk<'a> {
    ask: &'a ListAsk,
    limit: usize,
    page: Listing,
    /// The last key or prefix of the page.
    last: Option<String>,
    more: bool,
}

impl Walk<'_> {
    fn visit(&mut self, at: &OwnedFd, base: &str) -> io::Result<()> {
        for (name, is_directory) in entries(at)? {
            let key = format!("{base}{name}");
            if key.len() > MAX_KEY || !self.concerns(&key, is_directory) {
                continue;
            }
            if let Some(rolled) = self.rolled(&key) {
                if self.is_behind(&rolled, true) || self.page.prefixes.last() == Some(&rolled) {
                    continue;
                }
                if self.is_full() {
                    return Ok(());
                }
                self.last = Some(rolled.clone());
                self.page.prefixes.push(rolled);
            } else if is_directory {
                match folder::subdirectory(at, name.trim_end_matches('/')).map_err(io::Error::from) {
                    Ok(below) => self.visit(&below, &key)?,
                    // It went away, or is not for us: what is left is listed all the same.
                    Err(_) => continue,
                }
            } else if !self.is_behind(&key, false) {
                let Ok(stat) = folder::look(at.as_fd(), &name) else { continue };
                if folder::is_regular(&stat).is_err() {
                    continue;
                }
                if self.is_full() {
                    return Ok(());
                }
                self.last = Some(key.clone());
                self.page.items.push(entry(key, &stat));
            }
            if self.more {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether anything of it can be on the page.
    fn concerns(&self, key: &str, is_directory: bool) -> bool {
        let leads_there = is_directory && self.ask.prefix.starts_with(key);
        if !leads_there && !key.starts_with(&self.ask.prefix) {
            return false;
        }
        let behind = |after: &String| key < after.as_str() && !(is_directory && after.starts_with(key));
        !self.ask.token.iter().chain(&self.ask.start_after).any(behind)
    }

    /// Whether it was listed before, or was asked to be left out.
    fn is_behind(&self, key: &str, rolled: bool) -> bool {
        let by_token = self.ask.token.as_ref().is_some_and(|token| key <= token.as_str());
        // What is behind the key in a folder is still shown as the folder.
        let by_start = self
            .ask
            .start_after
            .as_ref()
            .is_some_and(|after| key <= after.as_str() && !(rolled && after.starts_with(key)));
        by_token || by_start
    }

    fn rolled(&self, key: &str) -> Option<String> {
        let delimiter = self.ask.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.get(self.ask.prefix.len()..)?;
        let end = rest.find(delimiter)? + delimiter.len() + self.ask.prefix.len();
        key.get(..end).map(str::to_owned)
    }

    fn is_full(&mut self) -> bool {
        self.more = self.page.items.len() + self.page.prefixes.len() >= self.limit;
        self.more
    }
}

/// Names in the order of keys: a directory's ends in `/`, as all keys below it have it.
fn entries(at: &OwnedFd) -> io::Result<Vec<(String, bool)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(at)? {
        let entry = entry?;
        // Names that are no text cannot be keys.
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." || name.starts_with(UNFINISHED) {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                folder::look(at.as_fd(), name).map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
            }
            known => known,
        };
        match kind {
            FileType::RegularFile => found.push((name.to_owned(), false)),
            FileType::Directory => found.push((format!("{name}/"), true)),
            // Links, devices, pipes and sockets are no objects.
            _ => {}
        }
        if found.len() > MOST_ENTRIES {
            return Err(io::Error::other(format!("a directory has more than {MOST_ENTRIES} entries")));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The directories directly in the connected folder.
pub(super) fn buckets(root: &Root) -> io::Result<Vec<String>> {
    let all = entries(&root.open()?)?;
    let named = all.into_iter().filter(|(_, is_directory)| *is_directory);
    Ok(named.map(|(name, _)| name.trim_end_matches('/').to_owned()).collect())
}

fn entry(key: String, stat: &Stat) -> ObjectEntry {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    ObjectEntry { key, size, etag: Some(etag(stat)), modified: modified(stat) }
}

pub(super) fn modified(stat: &Stat) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(stat.st_mtime_nsec).ok()?;
    Timestamp::new(stat.st_mtime, nanoseconds).ok()
}
