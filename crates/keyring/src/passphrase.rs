//! The root key from a passphrase.
//!
//! The cost is fixed with the form of the check: a change would make another key.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::secret::SecretBytes;
use zeroize::Zeroizing;

use crate::KeyringError;
use crate::key::{KEY_LEN, Key, random};

/// Length of a salt, in bytes.
pub(crate) const SALT_LEN: usize = 16;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// A new random salt.
pub(crate) fn new_salt() -> Result<Vec<u8>, KeyringError> {
    let mut salt = vec![0; SALT_LEN];
    random(&mut salt)?;
    Ok(salt)
}

/// Derives the root key by argon2id; the memory it takes is wiped afterwards.
pub(crate) fn derive(passphrase: &SecretBytes, salt: &[u8]) -> Result<Key, KeyringError> {
    if passphrase.is_empty() {
        return Err(KeyringError::PassphraseEmpty);
    }
    let failed = |_| KeyringError::Crypto("deriving the root key from the passphrase");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(KEY_LEN)).map_err(failed)?;
    let mut memory = Zeroizing::new(vec![Block::new(); params.block_count()]);
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase.expose(), salt, bytes.as_mut_slice(), memory.as_mut_slice())
        .map_err(failed)?;
    Key::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivation_never_changes() {
        let key = derive(&SecretBytes::from("correct horse battery staple"), &[1; SALT_LEN]).unwrap();
        assert_eq!(hex::encode(key.expose()), "2059d35e11f775944efac46541cfcd82013946a4ce55030871f5891aacf73b07");
    }

    #[test]
    fn an_empty_passphrase_is_refused() {
        let error = derive(&SecretBytes::from(""), &[1; SALT_LEN]).unwrap_err();
        assert!(matches!(error, KeyringError::PassphraseEmpty));
    }
}
