//! AES-256-GCM with a key derived for each message, a commitment to the key and the place.
//!
//! A sealed value is `form(1) | place(16) | length(4) | salt(32) | commitment(32) | ciphertext |
//! tag(16)`. The key and nonce of a message come from HKDF over a random 32-byte salt, so there is
//! no number of messages after which a key wears out. GCM alone lets one ciphertext open under two
//! keys; the commitment does not. `place` is a digest that only serves to name the mistake: what
//! binds is the place itself, authenticated in full together with the id of the key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use domain::secret::SecretBytes;
use zeroize::Zeroizing;

use crate::KeyringError;
use crate::key::{KEY_LEN, Key, random};
use crate::place::{Place, SCHEMA};

const PLACE_LEN: usize = 16;
const LENGTH_LEN: usize = 4;
const SALT_LEN: usize = 32;
const COMMITMENT_LEN: usize = 32;
const TAG_LEN: usize = 16;
const HEAD_LEN: usize = 1 + PLACE_LEN + LENGTH_LEN + SALT_LEN + COMMITMENT_LEN;

/// How many bytes a sealed value has beyond its plaintext.
pub(crate) const OVERHEAD: usize = HEAD_LEN + TAG_LEN;

/// Encrypts the bytes so that they open only at this place and under this key.
pub(crate) fn seal(key: &Key, place: &Place, plain: &[u8]) -> Result<Vec<u8>, KeyringError> {
    let length = u32::try_from(plain.len())
        .map_err(|_| KeyringError::TooLong { found: plain.len(), limit: u32::MAX as usize })?;
    let mut salt = [0; SALT_LEN];
    random(&mut salt)?;
    let message = MessageKey::derive(key, &salt)?;

    let mut body = Zeroizing::new(plain.to_vec());
    let tag = message
        .cipher
        .seal_in_place_separate_tag(message.nonce, Aad::from(place.with_key(key.id())), &mut body)
        .map_err(|_| KeyringError::Crypto("sealing"))?;

    let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
    sealed.push(SCHEMA);
    sealed.extend_from_slice(&place_digest(place));
    sealed.extend_from_slice(&length.to_be_bytes());
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(message.commitment.as_slice());
    sealed.extend_from_slice(&body);
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// Decrypts what [`seal`] made for this place and key; says what is wrong otherwise.
pub(crate) fn open(key: &Key, place: &Place, sealed: &[u8]) -> Result<SecretBytes, KeyringError> {
    let what = place.what;
    let (head, body) = Head::split(sealed, what)?;
    if head.place != place_digest(place) {
        return Err(KeyringError::BoundElsewhere { what });
    }
    let message = MessageKey::derive(key, head.salt)?;
    verify_slices_are_equal(message.commitment.as_slice(), head.commitment)
        .map_err(|_| KeyringError::SealedUnderOtherKey { what })?;

    let mut plain = Zeroizing::new(body.to_vec());
    message
        .cipher
        .open_in_place(message.nonce, Aad::from(place.with_key(key.id())), &mut plain)
        .map_err(|_| KeyringError::Tampered { what })?;
    plain.truncate(body.len().saturating_sub(TAG_LEN));
    Ok(SecretBytes::new(std::mem::take(&mut *plain)))
}

struct MessageKey {
    cipher: LessSafeKey,
    nonce: Nonce,
    commitment: Zeroizing<[u8; COMMITMENT_LEN]>,
}

impl MessageKey {
    fn derive(key: &Key, salt: &[u8]) -> Result<Self, KeyringError> {
        let bytes = key.derive::<KEY_LEN>(salt, "message key")?;
        let cipher = UnboundKey::new(&AES_256_GCM, bytes.as_slice())
            .map(LessSafeKey::new)
            .map_err(|_| KeyringError::Crypto("preparing a key"))?;
        let nonce = Nonce::assume_unique_for_key(*key.derive::<NONCE_LEN>(salt, "message nonce")?);
        Ok(Self { cipher, nonce, commitment: key.derive(salt, "message commitment")? })
    }
}

struct Head<'a> {
    place: [u8; PLACE_LEN],
    salt: &'a [u8; SALT_LEN],
    commitment: &'a [u8; COMMITMENT_LEN],
}

impl<'a> Head<'a> {
    fn split(sealed: &'a [u8], what: &'static str) -> Result<(Self, &'a [u8]), KeyringError> {
        let short = || KeyringError::WrongLength { what, found: sealed.len(), expected: OVERHEAD };
        let (form, rest) = sealed.split_first().ok_or_else(short)?;
        if *form != SCHEMA {
            return Err(KeyringError::UnknownForm { what, found: *form });
        }
        let (place, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_LEN>().ok_or_else(short)?;
        let (salt, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (commitment, body) = rest.split_first_chunk().ok_or_else(short)?;
        let expected = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(OVERHEAD);
        if sealed.len() != expected {
            return Err(KeyringError::WrongLength { what, found: sealed.len(), expected });
        }
        Ok((Self { place: *place, salt, commitment }, body))
    }
}

fn place_digest(place: &Place) -> [u8; PLACE_LEN] {
    let full = digest(&SHA256, place.bytes());
    full.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key::new(Zeroizing::new([byte; KEY_LEN])).unwrap()
    }

    #[test]
    fn a_value_sealed_by_the_first_version_still_opens() {
        let sealed = hex::decode("010412bd8261750645f3264afc27a45f7e00000004000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe4e38842604d1c017cbdfbce39b316d92b62f1fd350a823d698dfb8be0b55740a2d8b41b610984ce93baf41d5461b1b0e26a2bc2").unwrap();
        assert_eq!(open(&key(7), &Place::system("golden"), &sealed).unwrap().expose(), b"tide");
    }

    #[test]
    fn the_same_bytes_never_seal_alike() {
        let place = Place::system("x");
        assert_ne!(seal(&key(7), &place, b"same").unwrap(), seal(&key(7), &place, b"same").unwrap());
    }

    #[test]
    fn another_key_is_told_from_an_altered_value() {
        let place = Place::system("x");
        let mut sealed = seal(&key(7), &place, b"secret").unwrap();
        let other = open(&key(8), &place, &sealed).unwrap_err();
        assert!(matches!(other, KeyringError::SealedUnderOtherKey { .. }), "{other}");
        sealed[HEAD_LEN] ^= 1;
        let altered = open(&key(7), &place, &sealed).unwrap_err();
        assert!(matches!(altered, KeyringError::Tampered { .. }), "{altered}");
    }

    #[test]
    fn a_moved_value_with_its_place_rewritten_is_still_refused() {
        let (from, to) = (Place::system("from"), Place::system("to"));
        let mut sealed = seal(&key(7), &from, b"secret").unwrap();
        let moved = open(&key(7), &to, &sealed).unwrap_err();
        assert!(matches!(moved, KeyringError::BoundElsewhere { .. }), "{moved}");
        sealed[1..=PLACE_LEN].copy_from_slice(&place_digest(&to));
        let forged = open(&key(7), &to, &sealed).unwrap_err();
        assert!(matches!(forged, KeyringError::Tampered { .. }), "{forged}");
    }

    #[test]
    fn every_cut_and_every_extension_is_refused_as_such() {
        let place = Place::system("x");
        let mut sealed = seal(&key(7), &place, b"secret").unwrap();
        for end in 0..sealed.len() {
            let cut = open(&key(7), &place, &sealed[..end]).unwrap_err();
            assert!(matches!(cut, KeyringError::WrongLength { .. }), "{end}: {cut}");
        }
        sealed.push(0);
        let longer = open(&key(7), &place, &sealed).unwrap_err();
        assert!(matches!(longer, KeyringError::WrongLength { .. }), "{longer}");
    }

    #[test]
    fn a_newer_form_is_named() {
        let mut sealed = seal(&key(7), &Place::system("x"), b"secret").unwrap();
        sealed[0] = 9;
        let error = open(&key(7), &Place::system("x"), &sealed).unwrap_err();
        assert!(matches!(error, KeyringError::UnknownForm { found: 9, .. }), "{error}");
    }
}
