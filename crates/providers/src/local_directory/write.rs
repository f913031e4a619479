//! Writing an object: beside its place first, then there in one step.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::provider::PutCondition;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, mkdirat, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;

use super::folder::{self, Root, etag, is_regular};
use super::name::UNFINISHED;

/// Somebody may remove an empty directory between the making of it and of what goes into it.
const TRIES: usize = 5;

/// Whoever looks at what is there and then changes it does so alone: of two with the same `If-Match` one is refused.
/// Folders may be connected more than once, so there is one for all of them; nothing slow is done under it.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An object that is not there yet; what is not finished is removed.
pub(super) struct Unfinished {
    at: OwnedFd,
    name: String,
    own: String,
    file: File,
    kept: bool,
}

impl Unfinished {
    /// Begins an object; `own` is a word that no other upload has.
    pub(super) fn begin(root: &Root, bucket: &str, way: &[&str], name: &str, own: &str) -> io::Result<Self> {
        let own = format!("{UNFINISHED}{own}");
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for _ in 0..TRIES {
            let begun = make_way(root, bucket, way).and_then(|at| {
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = File::from(openat(&at, own.as_str(), flags, Mode::from_raw_mode(0o640))?);
                Ok((at, file))
            });
            match begun {
                Ok((at, file)) => return Ok(Self { at, name: name.to_owned(), own, file, kept: false }),
                // The bucket itself is never made.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !way.is_empty() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts it into its place, whole and durable; gives its entity tag.
    pub(super) fn finish(mut self, condition: &PutCondition) -> io::Result<String> {
        self.file.sync_all()?;
        self.put_there(condition)?;
        self.kept = true;
        rustix::fs::fsync(&self.at)?;
        Ok(etag(&rustix::fs::fstat(&self.file)?))
    }

    fn put_there(&self, condition: &PutCondition) -> io::Result<()> {
        let _alone = alone();
        match condition {
            PutCondition::None => {
                self.refuse_other_kinds()?;
                renameat(&self.at, self.own.as_str(), &self.at, self.name.as_str())?;
            }
            PutCondition::Absent => {
                let flags = RenameFlags::NOREPLACE;
                renameat_with(&self.at, self.own.as_str(), &self.at, self.name.as_str(), flags)?;
            }
            PutCondition::Matches(wanted) => {
                let there = folder::look(&self.at, &self.name).ok().filter(|stat| is_regular(stat).is_ok());
                if there.is_none_or(|stat| etag(&stat) != wanted.trim_matches('"')) {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                renameat(&self.at, self.own.as_str(), &self.at, self.name.as_str())?;
            }
        }
        Ok(())
    }

    /// A link or a device in its place would be lost without a word.
    fn refuse_other_kinds(&self) -> io::Result<()> {
        match folder::look(&self.at, &self.name) {
            Ok(stat) if is_regular(&stat).is_err() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            let _ = unlinkat(&self.at, self.own.as_str(), AtFlags::empty());
        }
    }
}

fn make_way(root: &Root, bucket: &str, way: &[&str]) -> io::Result<OwnedFd> {
    let mut at = root.descend(&[bucket])?;
    for name in way {
        match mkdirat(&at, *name, Mode::from_raw_mode(0o750)) {
            // What is put into it is no more durable than its own name.
            Ok(()) => rustix::fs::fsync(&at)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        at = folder::subdirectory(&at, name)?;
    }
    Ok(at)
}

/// The hidden folder of proofs and derived files: nobody misses it when it is empty.
const HIDDEN: &str = ".tidegate";

/// Removes an object; no error if nothing is there. Directories that people made stay, even empty.
pub(super) fn remove(root: &Root, bucket: &str, way: &[&str], name: &str) -> io::Result<()> {
    let mut directories = vec![root.descend(&[bucket])?];
    for part in way {
        let Some(last) = directories.last() else { return Ok(()) };
        match folder::subdirectory(last, part) {
            Ok(next) => directories.push(next),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    let Some(at) = directories.last() else { return Ok(()) };
    if !remove_file(at, name)? {
        return Ok(());
    }
    rustix::fs::fsync(at)?;
    directories.pop();
    for (at, part) in directories.iter().rev().zip(way.iter().rev()) {
        if *part != HIDDEN || unlinkat(at, *part, AtFlags::REMOVEDIR).is_err() {
            break;
        }
    }
    Ok(())
}

/// Whether there was one.
fn remove_file(at: &OwnedFd, name: &str) -> io::Result<bool> {
    let _alone = alone();
    match folder::look(at, name) {
        Ok(stat) if is_regular(&stat).is_ok() => Ok(unlinkat(at, name, AtFlags::empty()).map(|()| true)?),
        Ok(_) | Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn of_many_who_replace_the_same_object_one_succeeds() {
        const WRITERS: usize = 8;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bucket")).unwrap();
        let root = Root { base: folder.path().to_path_buf(), rest: Default::default() };
        let begin = |own: &str| Unfinished::begin(&root, "bucket", &["way"], "object", own).unwrap();
        for round in 0..20 {
            let etag = begin("first").finish(&PutCondition::None).unwrap();
            let (condition, together) = (PutCondition::Matches(etag), Barrier::new(WRITERS));
            let done = std::thread::scope(|scope| {
                let write = |writer: usize| {
                    let mine = begin(&writer.to_string());
                    together.wait();
                    mine.finish(&condition).is_ok()
                };
                let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
                writers.into_iter().map(|writer| writer.join().unwrap()).filter(|done| *done).count()
            });
            assert_eq!(done, 1, "round {round}");
            assert_eq!(std::fs::read_dir(folder.path().join("bucket/way")).unwrap().count(), 1);
        }
    }
}
