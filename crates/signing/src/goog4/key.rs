//! The private key of a service account.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The longest key, in bytes. Google makes keys of 2,048 bits; one of 8,192 takes fifty times as long for each URL of
/// a batch, and whoever brings a key chooses its length.
const LONGEST: usize = 4096 / 8;

/// An RSA key that signs with PKCS #1 v1.5 and SHA-256; without `Debug`, because it is secret.
pub struct RsaKey(KeyPair);

/// Why a text is not such a key; the text is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM, or another kind of it.
    #[error("the private key is not PEM that begins with {BEGIN:?}, as the file of a service account has it")]
    NotPem,
    /// Not RSA, too short, too long, or damaged.
    #[error("the private key is not a whole RSA key of 2048 to 4096 bits")]
    NotRsa,
}

/// The cryptographic library made no signature; it says nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the RSA signature could not be made")]
pub struct SignatureFailed;

impl RsaKey {
    /// Reads PKCS #8 in PEM, the `private_key` of a service account's file.
    ///
    /// # Errors
    /// [`KeyError`] for anything but an RSA key that is long enough, and not too long.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = decode(pem).ok_or(KeyError::NotPem)?;
        let pair = KeyPair::from_pkcs8(&der).ok().filter(|pair| pair.public_modulus_len() <= LONGEST);
        pair.map(Self).ok_or(KeyError::NotRsa)
    }

    /// The signature of a message; as long as the key.
    ///
    /// # Errors
    /// [`SignatureFailed`] where the library fails, which only a lack of memory is known to cause.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureFailed> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map(|()| signature)
            .map_err(|_| SignatureFailed)
    }

    #[cfg(test)]
    pub(crate) fn pair(&self) -> &KeyPair {
        &self.0
    }
}

/// The bytes between the lines. The readers of PEM that there are leave copies behind; this wipes its own.
fn decode(pem: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (body, _) = pem.split_once(BEGIN)?.1.split_once(END)?;
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    text.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; text.len()]);
    let length = STANDARD.decode_slice(text.as_slice(), &mut der).ok()?;
    der.truncate(length);
    Some(der)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

    use super::*;
    use crate::tests::rsa;

    /// An RSA key of 1,024 bits that guards nothing: PKCS #8, as the library makes none this short.
    const SHORT: &str = include_str!("../tests/fixtures/rsa1024.base64");

    /// One of 5,120 bits that guards nothing.
    const LONG: &str = include_str!("../tests/fixtures/rsa5120.base64");

    fn refused(pem: &str) -> Option<KeyError> {
        RsaKey::from_pem(pem).err()
    }

    fn pem(base64: &str) -> String {
        format!("{BEGIN}\n{base64}\n{END}\n")
    }

    #[test]
    fn key_of_a_service_account_is_read_with_any_line_ends() {
        let pem = rsa::pem();
        assert_eq!(refused(&pem), None);
        assert_eq!(refused(&pem.replace('\n', "\r\n")), None);
        assert_eq!(refused(&pem.replace('\n', "")), None);
    }

    #[test]
    fn text_that_is_no_such_pem_is_refused() {
        let pem = rsa::pem();
        for text in ["", "MIIE", BEGIN, &pem.replace(END, ""), &pem.replace("PRIVATE", "RSA PRIVATE")] {
            assert_eq!(refused(text), Some(KeyError::NotPem), "{text:?}");
        }
        assert_eq!(refused(&pem.replace("MII", "M%I")), Some(KeyError::NotPem));
    }

    #[test]
    fn short_long_foreign_and_broken_keys_are_refused() {
        let random = SystemRandom::new();
        let curve = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        assert_eq!(refused(&pem(&STANDARD.encode(curve.as_ref()))), Some(KeyError::NotRsa));
        assert_eq!(refused(&pem(SHORT)), Some(KeyError::NotRsa));
        assert_eq!(refused(&pem(LONG)), Some(KeyError::NotRsa));
        assert!(KeyPair::from_pkcs8(&decode(&pem(LONG)).unwrap()).is_ok(), "it is its length that is wrong");
        assert_eq!(refused(&pem("AAAA")), Some(KeyError::NotRsa));
        assert_eq!(refused(&pem("")), Some(KeyError::NotRsa));
    }

    #[test]
    fn errors_do_not_repeat_the_key() {
        let error = refused(&pem(SHORT)).unwrap();
        assert!(!format!("{error} {error:?}").contains(SHORT.get(..20).unwrap()));
    }
}
