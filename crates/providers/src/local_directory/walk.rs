//! Listing a directory as a store lists keys: in the order of their bytes, from any key on.
//!
//! What always holds: a page costs a bounded amount of memory, open files and work, and where that is used up it ends
//! early with the place to go on from; nothing that is there is left out because something went wrong.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use domain::place::MAX_KEY;
use domain::provider::{ListAsk, Listing, ObjectEntry};
use jiff::Timestamp;
use rustix::fs::Stat;

use super::folder::{self, Root, etag, is_absent, leads_nowhere};
use super::name::wrong;
use super::names::{self, Part};

/// A connected folder with more directories is refused as a list of buckets.
const MOST_BUCKETS: usize = 10_000;

/// What one page may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// So many directories are opened.
    pub(super) directories: usize,
    /// No further directory is opened where so many names were read; a directory is always read whole.
    pub(super) names: usize,
    /// So many names of one directory are kept in memory.
    pub(super) at_once: usize,
    /// So many of all directories that lead to one another.
    pub(super) in_all: usize,
}

/// So many are kept of a directory however many are kept of those above it.
const FEW: usize = 32;

impl Bounds {
    pub(super) const USUAL: Self = Self { directories: 5_000, names: 100_000, at_once: 2_000, in_all: 20_000 };
}

/// A page of a bucket. Its token is the key or prefix with which the next one begins.
pub(super) fn list(root: &Root, bucket: &str, ask: &ListAsk, bounds: Bounds) -> io::Result<Listing> {
    let mut way: Vec<&str> = ask.prefix.split('/').collect();
    way.pop();
    if way.iter().any(|name| wrong(name).is_some()) {
        return Ok(Listing::default());
    }
    // A bucket that is not there is an error; a folder in it that is not there holds nothing.
    let bucket = root.descend(&[bucket])?;
    let start = match folder::below(&bucket, way) {
        Ok(start) => start,
        Err(error) if leads_nowhere(&error) => return Ok(Listing::default()),
        Err(error) => return Err(error),
    };
    let start_key = ask.prefix.rfind('/').and_then(|end| ask.prefix.get(..=end)).unwrap_or_default();
    let limit = usize::try_from(ask.limit.clamp(1, 1000)).unwrap_or(1000);
    let mut walk =
        Walk { ask, bucket, start_key, limit, bounds, page: Listing::default(), opened: 0, read: 0, kept: 0 };
    walk.visit(start, start_key)?;
    Ok(walk.page)
}

/// What stands at a place of the list.
#[derive(Debug, Clone, Copy)]
enum Kind {
    File,
    Directory,
    /// Keys that share what comes before the delimiter.
    Rolled,
}

struct Walk<'a> {
    ask: &'a ListAsk,
    bucket: OwnedFd,
    /// The directory that everything begins in, as a prefix of keys.
    start_key: &'a str,
    limit: usize,
    bounds: Bounds,
    page: Listing,
    opened: usize,
    read: usize,
    /// Names in memory at this moment.
    kept: usize,
}

impl Walk<'_> {
    /// Lists what is below a directory; `base` is what its keys begin with.
    fn visit(&mut self, at: OwnedFd, base: &str) -> io::Result<()> {
        let (mut at, mut last) = (Some(at), None::<String>);
        loop {
            let Some(here) = self.here(&mut at, base)? else { return Ok(()) };
            let Part { found, more, read } = self.part(here, base, last.as_deref())?;
            if self.is_new(base) {
                self.read = self.read.saturating_add(read);
            }
            let kept = found.len();
            self.kept = self.kept.saturating_add(kept);
            for (key, kind) in found {
                match kind {
                    Kind::Rolled => {
                        if !self.ends_at(&key) {
                            self.page.prefixes.push(key.clone());
                        }
                    }
                    Kind::Directory => {
                        // Ways may be long, and open files are few.
                        at = None;
                        self.descend(&key)?;
                    }
                    Kind::File => {
                        let Some(here) = self.here(&mut at, base)? else { return Ok(()) };
                        self.file(here, base, &key)?;
                    }
                }
                if self.page.next.is_some() {
                    return Ok(());
                }
                last = Some(key);
            }
            self.kept = self.kept.saturating_sub(kept);
            if !more {
                return Ok(());
            }
        }
    }

    fn descend(&mut self, key: &str) -> io::Result<()> {
        let spent = self.opened >= self.bounds.directories || self.read >= self.bounds.names;
        // Every page goes on from where it began, however little it may do.
        if spent && self.ask.token.as_deref().is_none_or(|from| key > from) {
            self.page.next = Some(key.to_owned());
            return Ok(());
        }
        self.opened = self.opened.saturating_add(1);
        match self.open(key)? {
            Some(below) => self.visit(below, key),
            None => Ok(()),
        }
    }

    fn file(&mut self, at: &OwnedFd, base: &str, key: &str) -> io::Result<()> {
        let name = key.get(base.len()..).unwrap_or_default();
        let stat = match folder::look(at.as_fd(), name).map_err(io::Error::from) {
            Ok(stat) => stat,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        if folder::is_regular(&stat).is_ok() && !self.ends_at(key) {
            self.page.items.push(entry(key.to_owned(), &stat));
        }
        Ok(())
    }

    /// The directory of these keys; none where it went away or is not for us: what is left is listed all the same.
    fn open(&self, base: &str) -> io::Result<Option<OwnedFd>> {
        match folder::below(&self.bucket, base.split_terminator('/')) {
            Ok(at) => Ok(Some(at)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn here<'h>(&self, at: &'h mut Option<OwnedFd>, base: &str) -> io::Result<Option<&'h OwnedFd>> {
        if at.is_none() {
            *at = self.open(base)?;
        }
        Ok(at.as_ref())
    }

    /// The next keys of a directory, behind the last of those before.
    fn part(&self, at: &OwnedFd, base: &str, last: Option<&str>) -> io::Result<Part<Kind>> {
        let room =
            self.bounds.in_all.saturating_sub(self.kept).clamp(FEW.min(self.bounds.at_once), self.bounds.at_once);
        let part = names::first(at, room, |name, is_directory| {
            let (key, kind) = self.place(format!("{base}{name}"), is_directory)?;
            last.is_none_or(|last| key.as_str() > last).then_some((key, kind))
        });
        match part {
            // It was removed meanwhile.
            Err(error) if is_absent(&error) => Ok(Part::empty()),
            other => other,
        }
    }

    /// Where a name stands in the list, if it can be on the page or lead there.
    fn place(&self, mut key: String, is_directory: bool) -> Option<(String, Kind)> {
        if is_directory {
            // All keys below it begin so.
            key.push('/');
        }
        if key.len() > MAX_KEY || !self.concerns(&key, is_directory) {
            return None;
        }
        match self.rolled(&key) {
            Some(rolled) => (!self.is_behind(&rolled, true)).then_some((rolled, Kind::Rolled)),
            None if is_directory => Some((key, Kind::Directory)),
            None => (!self.is_behind(&key, false)).then_some((key, Kind::File)),
        }
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
        let by_token = self.ask.token.as_ref().is_some_and(|from| key < from.as_str());
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

    /// Whether the names of this directory count: not those that every page reads again to go on from its place.
    fn is_new(&self, base: &str) -> bool {
        let leads_on = self.ask.token.as_deref().is_some_and(|from| from.starts_with(base) && from != base);
        base != self.start_key && !leads_on
    }

    /// Whether the page is full, so that the next one begins with this key.
    fn ends_at(&mut self, key: &str) -> bool {
        let is_full = self.page.items.len().saturating_add(self.page.prefixes.len()) >= self.limit;
        if is_full {
            self.page.next = Some(key.to_owned());
        }
        is_full
    }
}

/// The directories directly in the connected folder.
pub(super) fn buckets(root: &Root) -> io::Result<Vec<String>> {
    let part =
        names::first(&root.open()?, MOST_BUCKETS, |name, is_directory| is_directory.then(|| (name.to_owned(), ())))?;
    if part.more {
        return Err(io::Error::other(format!("the connected folder has more than {MOST_BUCKETS} directories")));
    }
    Ok(part.found.into_keys().collect())
}

fn entry(key: String, stat: &Stat) -> ObjectEntry {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    ObjectEntry { key, size, etag: Some(etag(stat)), modified: modified(stat) }
}

pub(super) fn modified(stat: &Stat) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(stat.st_mtime_nsec).ok()?;
    Timestamp::new(stat.st_mtime, nanoseconds).ok()
}
