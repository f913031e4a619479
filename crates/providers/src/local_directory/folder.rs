//! Opening directories and files step by step, so that no link leads out, whoever changes what meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, PathBuf};

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat};
use rustix::io::Errno;

/// An allowed folder and the way from there to the connected one.
#[derive(Debug, Clone)]
pub(super) struct Root {
    /// The operator's own word: where it leads is his choice.
    pub(super) base: PathBuf,
    pub(super) rest: PathBuf,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Root {
    /// The connected folder.
    pub(super) fn open(&self) -> io::Result<OwnedFd> {
        let mut at = OwnedFd::from(File::open(&self.base)?);
        for part in self.rest.components() {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            at = openat(&at, name, DIRECTORY, Mode::empty())?;
        }
        Ok(at)
    }

    /// A directory below it.
    pub(super) fn descend(&self, names: &[&str]) -> io::Result<OwnedFd> {
        let mut at = self.open()?;
        for name in names {
            at = openat(&at, *name, DIRECTORY, Mode::empty())?;
        }
        Ok(at)
    }

    pub(super) fn display(&self) -> String {
        // Joined with nothing it would end in a slash.
        let whole = if self.rest.as_os_str().is_empty() { self.base.clone() } else { self.base.join(&self.rest) };
        whole.display().to_string()
    }
}

/// Whether an error says that a way leads to nothing, or not to a directory.
pub(super) fn leads_nowhere(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG))
}

/// Whether what was looked for is not there for us, so that it can be left out of a list. Every other error, too many
/// open files or a bad disk, says nothing of what is there.
pub(super) fn is_absent(error: &io::Error) -> bool {
    leads_nowhere(error) || matches!(Errno::from_io_error(error), Some(Errno::ACCESS | Errno::PERM))
}

/// Opens a directory further down, step by step.
pub(super) fn below<'n>(at: &OwnedFd, way: impl IntoIterator<Item = &'n str>) -> io::Result<OwnedFd> {
    let mut way = way.into_iter();
    let mut at = match way.next() {
        Some(name) => subdirectory(at, name)?,
        None => return at.try_clone(),
    };
    for name in way {
        at = subdirectory(&at, name)?;
    }
    Ok(at)
}

/// Opens a directory of a directory.
pub(super) fn subdirectory(at: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    openat(at, name, DIRECTORY, Mode::empty())
}

/// What a name stands for, without following it.
pub(super) fn look(at: impl AsFd, name: &str) -> Result<Stat, Errno> {
    statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Opens a regular file for reading; pipes and devices are not waited for.
pub(super) fn file(at: impl AsFd, name: &str) -> io::Result<(File, Stat)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // Opening a device may do something: look first. What is opened is looked at again.
    is_regular(&look(&at, name)?)?;
    let file = File::from(openat(&at, name, flags, Mode::empty())?);
    let stat = rustix::fs::fstat(&file)?;
    is_regular(&stat)?;
    Ok((file, stat))
}

pub(super) fn is_regular(stat: &Stat) -> io::Result<()> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        // As if it were not there: a link, a device, a directory is no object.
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Changes with the file and its content, as far as a file system tells.
pub(super) fn etag(stat: &Stat) -> String {
    format!("{:x}-{:x}-{:x}.{:x}", stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec)
}

/// The meaning of an error of the file system.
pub(super) fn meaning(operation: &'static str, error: &io::Error) -> ProviderError {
    let errno = Errno::from_io_error(error);
    let (kind, message) = match (error.kind(), errno) {
        (io::ErrorKind::NotFound, _) | (_, Some(Errno::LOOP | Errno::NOTDIR)) => {
            (Kind::NoSuchKey, "there is no such file; links are never followed".to_owned())
        }
        (io::ErrorKind::PermissionDenied, _) => {
            (Kind::Denied, "the system does not let Tidegate do this; look at the owner and mode".to_owned())
        }
        (io::ErrorKind::AlreadyExists, _) => (Kind::PreconditionFailed, "there is a file already".to_owned()),
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            (Kind::Unavailable, "there is no space left".to_owned())
        }
        (io::ErrorKind::ReadOnlyFilesystem, _) => (Kind::Denied, "the file system is read-only".to_owned()),
        (io::ErrorKind::InvalidFilename, _) => (Kind::BadRequest, "the file system does not take this name".to_owned()),
        (io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory | io::ErrorKind::DirectoryNotEmpty, _) => (
            Kind::BadRequest,
            "a directory is where the file would be, or a file where a directory would be".to_owned(),
        ),
        (_, Some(Errno::MFILE | Errno::NFILE)) => (
            Kind::Unavailable,
            "the server has as many files open as the system lets it; try again, or let it open more".to_owned(),
        ),
        // What is larger than this method is made for.
        (io::ErrorKind::Other, None) => (Kind::Unsupported, error.to_string()),
        _ => (Kind::Unavailable, format!("the system answered: {error}")),
    };
    ProviderError::new(kind, operation, message)
}
