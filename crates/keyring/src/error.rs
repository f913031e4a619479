//! What can go wrong with keys, told apart so that an operator knows what to mend.

use std::path::PathBuf;

/// A key or a sealed value is not what it should be; never holds secret bytes.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Data exists, and the file with its root key does not.
    #[error(
        "the root key file {} is missing, but data sealed with root key {root_key_id} exists; put the file back from its backup: without it the stored secrets cannot be read",
        path.display()
    )]
    RootKeyFileMissing {
        /// Where the file should be.
        path: PathBuf,
        /// The root key that the data was sealed with.
        root_key_id: String,
    },
    /// Others than the owner of the file may read or write it.
    #[error("the root key file {} has mode {mode:04o} and so is open to other users; run: chmod 600 {}", path.display(), path.display())]
    RootKeyFileOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else.
    #[error("the root key file {} does not hold a root key (one line, base64 of 32 bytes)", path.display())]
    RootKeyFileMalformed {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or made.
    #[error("the root key file {} could not be {doing}: {source}", path.display())]
    RootKeyFile {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes given as a root key are none.
    #[error("a root key is 32 random bytes, in base64 where text is asked for, as `openssl rand -base64 32` prints")]
    RootKeyMalformed,
    /// A passphrase without a single byte.
    #[error("the passphrase is empty")]
    PassphraseEmpty,
    /// The data was sealed with a root key of another kind.
    #[error("the stored secrets were sealed with {kept}, but {given} was given; configure the root key as it was")]
    RootKeyKindChanged {
        /// The kind in use.
        kept: &'static str,
        /// The kind that was given.
        given: &'static str,
    },
    /// The root key is not the one that the data was sealed with.
    #[error("this is not the root key of this data: expected root key {expected}, given root key {given}")]
    WrongRootKey {
        /// The id that was kept.
        expected: String,
        /// The id of the key that was given.
        given: String,
    },
    /// The kept check of the root key was altered.
    #[error(
        "the stored check of root key {root_key_id} is damaged; restore the database from a backup that matches this key"
    )]
    RootKeyCheckDamaged {
        /// The id that was kept.
        root_key_id: String,
    },
    /// A key of one project was used for another.
    #[error("a key of project '{expected}' was used for a secret of project '{given}'")]
    WrongProject {
        /// The project that the key belongs to.
        expected: String,
        /// The project that was asked for.
        given: String,
    },
    /// The value needs another version of the project key.
    #[error("the secret is sealed under version {needed} of the project key, not under version {given}")]
    WrongKeyVersion {
        /// The version that the value was sealed under.
        needed: u32,
        /// The version that was given.
        given: u32,
    },
    /// The value was sealed for another place.
    #[error("{what} was sealed for another place than the one it was found at: rows were swapped or copied")]
    BoundElsewhere {
        /// What was being opened.
        what: &'static str,
    },
    /// The value was sealed under another key.
    #[error("{what} was sealed under another key than the one of its place, or its head was altered")]
    SealedUnderOtherKey {
        /// What was being opened.
        what: &'static str,
    },
    /// The value has lost or gained bytes.
    #[error("{what} is {found} bytes long instead of {expected}: it was cut or extended")]
    WrongLength {
        /// What was being opened.
        what: &'static str,
        /// How long it is.
        found: usize,
        /// How long it was, or must at least be.
        expected: usize,
    },
    /// The value was changed after it was sealed.
    #[error("{what} was altered after it was sealed")]
    Tampered {
        /// What was being opened.
        what: &'static str,
    },
    /// The value was sealed in a form that this version does not know.
    #[error("{what} is in the unknown form {found}: it was altered, or written by a newer version of Tidegate")]
    UnknownForm {
        /// What was being opened.
        what: &'static str,
        /// The form it names.
        found: u8,
    },
    /// A secret over the limit.
    #[error("the secret is {found} bytes long; the limit is {limit}")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The cryptographic library or the system's random source failed.
    #[error("the cryptographic library failed at {0}")]
    Crypto(&'static str),
}

impl From<KeyringError> for domain::Error {
    fn from(error: KeyringError) -> Self {
        use domain::ErrorKind::{Internal, TooLarge};
        match error {
            KeyringError::TooLong { .. } => Self::new(TooLarge, error.to_string()),
            // These stop the start, and the operator must read why.
            KeyringError::RootKeyFileMissing { .. }
            | KeyringError::RootKeyFileOpen { .. }
            | KeyringError::RootKeyFileMalformed { .. }
            | KeyringError::RootKeyFile { .. }
            | KeyringError::RootKeyMalformed
            | KeyringError::PassphraseEmpty
            | KeyringError::RootKeyKindChanged { .. }
            | KeyringError::WrongRootKey { .. }
            | KeyringError::RootKeyCheckDamaged { .. } => Self::new(Internal, error.to_string()).with_source(error),
            KeyringError::WrongProject { .. }
            | KeyringError::WrongKeyVersion { .. }
            | KeyringError::BoundElsewhere { .. }
            | KeyringError::SealedUnderOtherKey { .. }
            | KeyringError::WrongLength { .. }
            | KeyringError::Tampered { .. }
            | KeyringError::UnknownForm { .. }
            | KeyringError::Crypto(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_the_start_keeps_its_words_and_a_damaged_row_does_not_show_them() {
        let wrong = KeyringError::WrongRootKey { expected: "aa".to_owned(), given: "bb".to_owned() };
        let words = wrong.to_string();
        assert_eq!(domain::Error::from(wrong).message(), words);
        let damaged = domain::Error::from(KeyringError::Tampered { what: "the secret" });
        assert!(!damaged.message().contains("the secret"));
    }
}
