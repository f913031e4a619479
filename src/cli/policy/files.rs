//! Files with policies: bounded, and standard input once.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cloud_policy::read::{Fault, MAX_BYTES};

use crate::cli::failure::Failure;

/// Refuses standard input where it is named twice: the second reader would find nothing.
///
/// # Errors
/// A usage error.
pub(super) fn stdin_once<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    if paths.into_iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input can be only one of the files", "give '-' once"));
    }
    Ok(())
}

/// The text of a file, or of standard input if it is `-`.
///
/// # Errors
/// A usage error: it cannot be read, is no text, or is longer than any policy.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let text = beginning(path)?;
    if text.len() > MAX_BYTES {
        let what = format!("{} is longer than {MAX_BYTES} bytes, which no policy is", path.display());
        return Err(Failure::usage(what, "name a file with a policy"));
    }
    Ok(text)
}

/// As [`text`], but of one that is longer than any policy so much that this is seen.
///
/// # Errors
/// A usage error: it cannot be read, or is no text.
pub(super) fn beginning(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: io::Error| {
        Failure::usage(format!("cannot read {}: {error}", path.display()), "name a file that you may read")
    };
    let mut bytes = Vec::new();
    let bound = MAX_BYTES as u64 + 1;
    let read = match path.as_os_str() == "-" {
        true => io::stdin().lock().take(bound).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes)),
    };
    read.map_err(unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // The bound may lie within a character.
        Err(error) if error.as_bytes().len() > MAX_BYTES && error.utf8_error().error_len().is_none() => {
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
        Err(_) => Err(Failure::usage(format!("{} is no text", path.display()), "name a file with a policy")),
    }
}

/// A file that is not the policy that was expected.
pub(super) fn no_policy(path: &Path, fault: &Fault) -> Failure {
    Failure::usage(format!("{}: {}", path.display(), fault.message), "give a policy that the cloud itself takes")
        .at(&fault.pointer)
}
