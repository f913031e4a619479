//! Reads the files that hold secrets and certificates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use domain::secret::{MAX_SECRET, SecretBytes};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::mistake::Wrong;

const MAX_PEM: usize = 1024 * 1024;

/// Why a file could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds more than a secret may have.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

/// Reads a secret from a file and cuts one trailing newline.
///
/// # Errors
/// [`FileError`] if it cannot be read or is over 64 KiB.
pub(crate) fn secret(path: &Path) -> Result<SecretBytes, FileError> {
    // One newline more than a secret may have, in either form.
    let mut bytes = bounded(path, MAX_SECRET + 2)?;
    cut_newline(&mut bytes);
    let secret = SecretBytes::new(bytes);
    if secret.len() > MAX_SECRET {
        Err(FileError::TooLarge { path: path.into(), limit: MAX_SECRET })
    } else {
        Ok(secret)
    }
}

/// Cuts one trailing newline, as editors and `echo` add it.
pub(crate) fn cut_newline(bytes: &mut Vec<u8>) {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
}

fn bounded(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let unreadable = |source| FileError::Unreadable { path: path.into(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit { Err(FileError::TooLarge { path: path.into(), limit }) } else { Ok(bytes) }
}

fn readable(error: &FileError) -> Wrong {
    Wrong::new(error.to_string(), "name a file that Tidegate's user may read")
}

/// Parses the name of a file into the secret in it.
pub(super) fn secret_of(path: &str) -> Result<SecretBytes, Wrong> {
    let secret = secret(Path::new(path)).map_err(|error| readable(&error))?;
    if secret.is_empty() { Err(Wrong::new(format!("{path} is empty"), "put the secret into it")) } else { Ok(secret) }
}

/// Parses the name of a file into the certificates in it.
pub(super) fn certificates_of(path: &str) -> Result<Vec<u8>, Wrong> {
    let pem = bounded(Path::new(path), MAX_PEM).map_err(|error| readable(&error))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(pem),
        _ => Err(Wrong::new(format!("{path} holds no certificate"), "give certificates in PEM form")),
    }
}

/// Parses the name of a file into the private key in it.
pub(super) fn private_key_of(path: &str) -> Result<SecretBytes, Wrong> {
    let pem = SecretBytes::new(bounded(Path::new(path), MAX_PEM).map_err(|error| readable(&error))?);
    match PrivateKeyDer::from_pem_slice(pem.expose()) {
        Ok(_) => Ok(pem),
        Err(_) => Err(Wrong::new(
            format!("{path} holds no private key"),
            "give an unencrypted key in PEM form (PKCS#8, PKCS#1 or SEC1)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_trailing_newline_is_cut() {
        for (given, kept) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("\n", ""), ("a\r", "a\r")] {
            let mut bytes = given.as_bytes().to_vec();
            cut_newline(&mut bytes);
            assert_eq!(bytes, kept.as_bytes(), "{given:?}");
        }
    }

    #[test]
    fn a_secret_of_64_kib_is_read_and_one_byte_more_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [vec![b'x'; MAX_SECRET], b"\n".to_vec()].concat()).unwrap();
        assert_eq!(secret(file.path()).unwrap().len(), MAX_SECRET);
        std::fs::write(file.path(), vec![b'x'; MAX_SECRET + 1]).unwrap();
        assert!(matches!(secret(file.path()), Err(FileError::TooLarge { .. })));
    }
}
