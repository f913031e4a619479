//! The key of a project and the secrets it seals.
//!
//! Each version of a secret has a random data key of its own, wrapped under the project key.
//! Changing the project key re-wraps data keys and never touches a secret; destroying it makes
//! every secret of the project unreadable.

use std::fmt;

use aws_lc_rs::hmac;
use domain::secret::{MAX_SECRET, SecretBytes};

use crate::key::{KEY_LEN, Key};
use crate::place::{Binding, Place};
use crate::{KeyringError, aead};

/// The key of one project, in one version.
pub struct ProjectKey {
    key: Key,
    project: String,
    version: u32,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the project key that wraps the data key.
    pub key_version: u32,
    /// The data key.
    pub wrapped_key: Vec<u8>,
    /// The secret under the data key.
    pub ciphertext: Vec<u8>,
}

impl ProjectKey {
    pub(crate) fn new(key: Key, project: &str, version: u32) -> Self {
        Self { key, project: project.to_owned(), version }
    }

    /// Which version of the project's key this is.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The project it belongs to.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The public fingerprint of the key.
    pub fn id(&self) -> &str {
        self.key.id()
    }

    /// Seals a secret for its row under a fresh data key.
    pub fn seal(&self, binding: &Binding<'_>, secret: &SecretBytes) -> Result<Sealed, KeyringError> {
        if secret.len() > MAX_SECRET {
            return Err(KeyringError::TooLong { found: secret.len(), limit: MAX_SECRET });
        }
        let data_key = Key::generate()?;
        let ciphertext = aead::seal(&data_key, &Place::secret(binding), secret.expose())?;
        self.wrap(binding, &data_key, ciphertext)
    }

    /// Opens a secret at its row.
    pub fn open(&self, binding: &Binding<'_>, sealed: &Sealed) -> Result<SecretBytes, KeyringError> {
        aead::open(&self.data_key(binding, sealed)?, &Place::secret(binding), &sealed.ciphertext)
    }

    /// Wraps the data key anew under a newer key of the same project; the ciphertext stays.
    pub fn rewrap_to(
        &self,
        binding: &Binding<'_>,
        sealed: &Sealed,
        newer: &ProjectKey,
    ) -> Result<Sealed, KeyringError> {
        newer.wrap(binding, &self.data_key(binding, sealed)?, sealed.ciphertext.clone())
    }

    /// A keyed digest that tells whether two secrets of a project are the same, and nothing else.
    ///
    /// It begins with the key's version: digests under different versions cannot be compared.
    pub fn fingerprint(&self, bytes: &[u8]) -> Result<String, KeyringError> {
        let key = self.key.derive::<KEY_LEN>(&[], "fingerprint")?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), bytes);
        Ok(format!("{}:{}", self.version, hex::encode(tag.as_ref().get(..16).unwrap_or_default())))
    }

    fn wrap(&self, binding: &Binding<'_>, data_key: &Key, ciphertext: Vec<u8>) -> Result<Sealed, KeyringError> {
        self.refuse_other_project(binding)?;
        let wrapped_key = aead::seal(&self.key, &Place::data_key(binding, self.version), data_key.expose())?;
        Ok(Sealed { key_version: self.version, wrapped_key, ciphertext })
    }

    fn data_key(&self, binding: &Binding<'_>, sealed: &Sealed) -> Result<Key, KeyringError> {
        self.refuse_other_project(binding)?;
        if sealed.key_version != self.version {
            return Err(KeyringError::WrongKeyVersion { needed: sealed.key_version, given: self.version });
        }
        let place = Place::data_key(binding, self.version);
        let bytes = aead::open(&self.key, &place, &sealed.wrapped_key)?;
        let what = place.what;
        let wrong = KeyringError::WrongLength { what, found: bytes.len(), expected: KEY_LEN };
        Key::from_slice(bytes.expose()).ok_or(wrong)?
    }

    fn refuse_other_project(&self, binding: &Binding<'_>) -> Result<(), KeyringError> {
        if binding.project == self.project {
            return Ok(());
        }
        let (expected, given) = (self.project.clone(), binding.project.to_owned());
        Err(KeyringError::WrongProject { expected, given })
    }
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectKey")
            .field("project", &self.project)
            .field("version", &self.version)
            .field("key", &self.key)
            .finish()
    }
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
