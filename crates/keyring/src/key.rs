//! A 256-bit key and what is derived from it.

use std::fmt;

use aws_lc_rs::hkdf::{self, HKDF_SHA256, Salt};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::KeyringError;

/// Length of every key, in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// A key with its public id; used through derived keys only, so that no two purposes share one.
pub(crate) struct Key {
    bytes: Zeroizing<[u8; KEY_LEN]>,
    id: String,
}

/// How many bytes HKDF is asked for.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Key {
    /// A new random key.
    pub(crate) fn generate() -> Result<Self, KeyringError> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        random(bytes.as_mut_slice())?;
        Self::new(bytes)
    }

    /// A key of these bytes; `None` where they are not 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Result<Self, KeyringError>> {
        let mut own = Zeroizing::new([0; KEY_LEN]);
        (bytes.len() == KEY_LEN).then(|| {
            own.copy_from_slice(bytes);
            Self::new(own)
        })
    }

    /// Takes the bytes and derives the id, from which nothing can be learned about them.
    pub(crate) fn new(bytes: Zeroizing<[u8; KEY_LEN]>) -> Result<Self, KeyringError> {
        let mut key = Self { bytes, id: String::new() };
        key.id = hex::encode(*key.derive::<16>(&[], "key id")?);
        Ok(key)
    }

    /// The public fingerprint.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The bytes, to be sealed under a higher key.
    pub(crate) fn expose(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// HKDF-SHA256 of this key; the label keeps purposes apart.
    pub(crate) fn derive<const N: usize>(
        &self,
        salt: &[u8],
        label: &'static str,
    ) -> Result<Zeroizing<[u8; N]>, KeyringError> {
        let mut out = Zeroizing::new([0; N]);
        Salt::new(HKDF_SHA256, salt)
            .extract(self.bytes.as_slice())
            .expand(&[b"tidegate keyring 1: ", label.as_bytes()], Length(N))
            .and_then(|okm| okm.fill(out.as_mut_slice()))
            .map_err(|_| KeyringError::Crypto("deriving a key"))?;
        Ok(out)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Fills the buffer from the system's random source.
pub(crate) fn random(out: &mut [u8]) -> Result<(), KeyringError> {
    rand::fill(out).map_err(|_| KeyringError::Crypto("reading random bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivation_never_changes() {
        let key = Key::new(Zeroizing::new([7; KEY_LEN])).unwrap();
        assert_eq!(key.id(), "65206c9fc54afd82923015666d7e389f");
    }

    #[test]
    fn labels_and_salts_keep_derived_keys_apart() {
        let key = Key::generate().unwrap();
        let one = key.derive::<32>(b"salt", "a").unwrap();
        assert_ne!(one, key.derive::<32>(b"salt", "b").unwrap());
        assert_ne!(one, key.derive::<32>(b"tlas", "a").unwrap());
        assert_eq!(one, key.derive::<32>(b"salt", "a").unwrap());
    }

    #[test]
    fn debug_shows_the_id_and_nothing_else() {
        let key = Key::new(Zeroizing::new([7; KEY_LEN])).unwrap();
        assert_eq!(format!("{key:?}"), format!("Key {{ id: {:?}, .. }}", key.id()));
    }
}
