//! Signatures for more than one blob: a container, or a directory where the account is hierarchical.

use super::ask::{SasAsk, SasError, check_name};
use super::lines::Lines;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The whole container.
    Container,
    /// A directory and everything in it, by its path without a slash at either end. Only accounts with a
    /// hierarchical namespace have directories; others refuse the token.
    Directory(&'a str),
}

/// The query of a signature, without `?`. It is a secret.
///
/// # Errors
/// [`SasError`] for what no signature can say, for times that the delegation key does not cover, and for a path
/// that names no directory.
pub fn token(ask: &SasAsk<'_>, scope: Scope<'_>) -> Result<String, SasError> {
    let (lines, name) = match scope {
        Scope::Container => (Lines::new(ask, "c", None)?, None),
        Scope::Directory(path) => (Lines::new(ask, "d", Some(depth(path)?))?, Some(path)),
    };
    let mut token = lines.query.clone();
    match name {
        Some(path) => lines.sign_into(&["/", path], &mut token),
        None => lines.sign_into(&[], &mut token),
    }
    Ok(token)
}

/// How many segments a directory has; `sdd` is in decimal.
fn depth(path: &str) -> Result<usize, SasError> {
    check_name("the directory", path)?;
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(SasError::Directory);
    }
    Ok(path.split('/').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_the_number_of_segments() {
        assert_eq!(depth("team"), Ok(1));
        assert_eq!(depth("a/b/c/d/e/f/g/h/i/j/k/l"), Ok(12));
    }

    #[test]
    fn path_that_names_no_directory_is_refused() {
        for path in ["", "/", "a/", "/a", "a//b", ".", "a/../b"] {
            assert_eq!(depth(path), Err(SasError::Directory), "{path:?}");
        }
        assert_eq!(depth("a\nb"), Err(SasError::LineBreak { what: "the directory" }));
        assert_eq!(depth("a\\b"), Err(SasError::Backslash { what: "the directory" }));
    }
}
