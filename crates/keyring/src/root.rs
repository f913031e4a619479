//! The root key: where it comes from, how a wrong one is noticed, and what it seals.

use std::fmt;
use std::path::PathBuf;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::SecretBytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{KEY_LEN, Key};
use crate::place::{Place, SCHEMA};
use crate::project::ProjectKey;
use crate::{KeyringError, aead, passphrase, root_file};

/// Where the root key comes from.
#[derive(Debug)]
pub enum RootKeySource {
    /// A file of one line; made at the first start, where nothing is kept yet.
    File(PathBuf),
    /// A passphrase, from which the key is derived.
    Passphrase(SecretBytes),
    /// The 32 bytes themselves, see [`root_key_from_base64`].
    Key(SecretBytes),
}

/// What is kept in the store to notice a wrong root key; worthless without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootKeyCheck {
    /// The public id of the root key in use.
    pub root_key_id: String,
    /// The salt of a passphrase; empty for a key from elsewhere.
    #[serde(with = "as_base64")]
    pub salt: Vec<u8>,
    /// A commitment to the key.
    #[serde(with = "as_base64")]
    pub check: Vec<u8>,
}

/// A project key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The root key it is wrapped under.
    pub root_key_id: String,
    /// The sealed key.
    pub bytes: Vec<u8>,
}

/// The key above all others.
pub struct RootKey(Key);

/// Opens the root key and holds it against the check that was kept.
///
/// With nothing kept this is the first start: a missing file is made, and the check that is
/// returned must be stored in the transaction that stores the first data. With a check kept,
/// nothing is ever made: a missing, wrong or different kind of key is an error.
pub fn open_root_key(
    source: &RootKeySource,
    kept: Option<&RootKeyCheck>,
) -> Result<(RootKey, RootKeyCheck), KeyringError> {
    refuse_other_kind(source, kept)?;
    let (key, salt) = match source {
        RootKeySource::File(path) => (from_file(path, kept)?, Vec::new()),
        RootKeySource::Passphrase(text) => {
            let salt = kept.map_or_else(passphrase::new_salt, |kept| Ok(kept.salt.clone()))?;
            (passphrase::derive(text, &salt)?, salt)
        }
        RootKeySource::Key(bytes) => {
            (Key::from_slice(bytes.expose()).ok_or(KeyringError::RootKeyMalformed)??, Vec::new())
        }
    };
    let own = RootKeyCheck { root_key_id: key.id().to_owned(), salt, check: commitment(&key)? };
    if let Some(kept) = kept {
        compare(kept, &own)?;
    }
    Ok((RootKey(key), own))
}

/// Reads a root key from its text form: base64 of 32 bytes, white space around it ignored.
pub fn root_key_from_base64(text: &str) -> Result<SecretBytes, KeyringError> {
    decode(text.trim_ascii().as_bytes()).ok_or(KeyringError::RootKeyMalformed)
}

/// The 32 bytes of a root key in base64; `None` for everything else.
pub(crate) fn decode(text: &[u8]) -> Option<SecretBytes> {
    // Three bytes more than a key, as the decoder asks for room for whole groups of four.
    let mut buffer = Zeroizing::new([0; KEY_LEN + 4]);
    let length = STANDARD.decode_slice(text, buffer.as_mut_slice()).ok()?;
    let bytes = buffer.get(..length)?;
    (length == KEY_LEN).then(|| SecretBytes::new(bytes))
}

impl RootKey {
    /// The public fingerprint, which names the key without telling anything about it.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// Makes a key for a project and wraps it.
    pub fn new_project_key(&self, project: &str, version: u32) -> Result<(ProjectKey, WrappedKey), KeyringError> {
        let key = Key::generate()?;
        let wrapped = self.wrap(&Place::project_key(project, version), key.expose())?;
        Ok((ProjectKey::new(key, project, version), wrapped))
    }

    /// Opens the key of a project.
    pub fn open_project_key(
        &self,
        project: &str,
        version: u32,
        wrapped: &WrappedKey,
    ) -> Result<ProjectKey, KeyringError> {
        let place = Place::project_key(project, version);
        let bytes = self.unwrap(&place, wrapped)?;
        let what = place.what;
        let wrong = KeyringError::WrongLength { what, found: bytes.len(), expected: KEY_LEN };
        let key = Key::from_slice(bytes.expose()).ok_or(wrong)??;
        Ok(ProjectKey::new(key, project, version))
    }

    /// Wraps the key of a project anew under another root key; secrets stay as they are.
    pub fn rewrap(
        &self,
        project: &str,
        version: u32,
        wrapped: &WrappedKey,
        new: &RootKey,
    ) -> Result<WrappedKey, KeyringError> {
        let place = Place::project_key(project, version);
        let bytes = self.unwrap(&place, wrapped)?;
        new.wrap(&place, bytes.expose())
    }

    /// Seals a value of the installation itself, bound to its purpose.
    pub fn seal_system(&self, purpose: &str, bytes: &[u8]) -> Result<WrappedKey, KeyringError> {
        self.wrap(&Place::system(purpose), bytes)
    }

    /// Opens a value of the installation itself.
    pub fn open_system(&self, purpose: &str, sealed: &WrappedKey) -> Result<SecretBytes, KeyringError> {
        self.unwrap(&Place::system(purpose), sealed)
    }

    /// Seals a value of the installation anew under another root key.
    pub fn rewrap_system(&self, purpose: &str, sealed: &WrappedKey, new: &RootKey) -> Result<WrappedKey, KeyringError> {
        let bytes = self.open_system(purpose, sealed)?;
        new.seal_system(purpose, bytes.expose())
    }

    fn wrap(&self, place: &Place, bytes: &[u8]) -> Result<WrappedKey, KeyringError> {
        Ok(WrappedKey { root_key_id: self.id().to_owned(), bytes: aead::seal(&self.0, place, bytes)? })
    }

    fn unwrap(&self, place: &Place, wrapped: &WrappedKey) -> Result<SecretBytes, KeyringError> {
        if wrapped.root_key_id != self.id() {
            let expected = wrapped.root_key_id.clone();
            return Err(KeyringError::WrongRootKey { expected, given: self.id().to_owned() });
        }
        aead::open(&self.0, place, &wrapped.bytes)
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RootKey").field(&self.0).finish()
    }
}

fn from_file(path: &std::path::Path, kept: Option<&RootKeyCheck>) -> Result<Key, KeyringError> {
    match (root_file::read(path)?, kept) {
        (Some(key), _) => Ok(key),
        (None, None) => root_file::make(path),
        (None, Some(kept)) => {
            Err(KeyringError::RootKeyFileMissing { path: path.to_owned(), root_key_id: kept.root_key_id.clone() })
        }
    }
}

fn refuse_other_kind(source: &RootKeySource, kept: Option<&RootKeyCheck>) -> Result<(), KeyringError> {
    const PASSPHRASE: &str = "a passphrase";
    const RANDOM: &str = "a random key (a file or the environment)";
    let given_passphrase = matches!(source, RootKeySource::Passphrase(_));
    match kept {
        Some(kept) if kept.salt.is_empty() && given_passphrase => {
            Err(KeyringError::RootKeyKindChanged { kept: RANDOM, given: PASSPHRASE })
        }
        Some(kept) if !kept.salt.is_empty() && !given_passphrase => {
            Err(KeyringError::RootKeyKindChanged { kept: PASSPHRASE, given: RANDOM })
        }
        _ => Ok(()),
    }
}

fn compare(kept: &RootKeyCheck, own: &RootKeyCheck) -> Result<(), KeyringError> {
    let same_check = verify_slices_are_equal(&kept.check, &own.check).is_ok();
    match (kept.root_key_id == own.root_key_id, same_check) {
        (true, true) => Ok(()),
        (false, false) => {
            let (expected, given) = (kept.root_key_id.clone(), own.root_key_id.clone());
            Err(KeyringError::WrongRootKey { expected, given })
        }
        _ => Err(KeyringError::RootKeyCheckDamaged { root_key_id: kept.root_key_id.clone() }),
    }
}

fn commitment(key: &Key) -> Result<Vec<u8>, KeyringError> {
    let mut check = vec![SCHEMA];
    check.extend_from_slice(key.derive::<32>(&[], "root key check")?.as_slice());
    Ok(check)
}

/// Bytes as a base64 string in JSON.
mod as_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(|_| D::Error::custom("not valid base64"))
    }
}

#[cfg(test)]
#[path = "root_tests.rs"]
mod tests;
