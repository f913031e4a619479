//! Writing an object: beside its place first, then there in one step.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use domain::provider::PutCondition;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, mkdirat, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;

use super::folder::{self, Root, etag, is_regular};
use super::name::UNFINISHED;

/// Somebody may remove an empty directory between the making of it and of what goes into it.
const TRIES: usize = 5;

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
        self.kept = true;
        rustix::fs::fsync(&self.at)?;
        Ok(etag(&rustix::fs::fstat(&self.file)?))
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
            Ok(()) | Err(Errno::EXIST) => {}
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
    match folder::look(at, name) {
        Ok(stat) if is_regular(&stat).is_ok() => unlinkat(at, name, AtFlags::empty())?,
        Ok(_) | Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    directories.pop();
    for (at, part) in directories.iter().rev().zip(way.iter().rev()) {
        if *part != HIDDEN || unlinkat(at, *part, AtFlags::REMOVEDIR).is_err() {
            break;
        }
    }
    Ok(())
}
