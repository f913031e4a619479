//! The keys of a log: ed25519, named, in the text forms of C2SP signed notes.
//!
//! The name of a key is the origin of its log. One seed may serve many logs: the name goes into
//! the key's id and the origin into every signed text, so that no signature fits another log.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::base;
use crate::hash::sha256;

/// The type of an ed25519 signature in a note.
const ED25519_TYPE: u8 = 0x01;
const PUBLIC_LEN: usize = 32;

/// A key or its name is not acceptable.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The name cannot stand in a signature line.
    #[error("'{0}' cannot name a log: it must not be empty and hold no '+', white space or control character")]
    Name(String),
    /// The seed is not one.
    #[error("the seed of a signing key is 32 bytes")]
    Seed,
    /// The text is not a public key.
    #[error("this is not a public key of a log (one line: name+hash+base64): {0}")]
    Text(&'static str),
}

/// Signs the checkpoints of a log.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// Verifies the checkpoints of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    bytes: [u8; PUBLIC_LEN],
}

impl SigningKey {
    /// The key of the log with this origin, from a seed of 32 bytes.
    pub fn from_seed(origin: &str, seed: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Seed)?;
        let bytes = pair.public_key().as_ref().first_chunk().copied().ok_or(KeyError::Seed)?;
        Ok(Self { public: PublicKey { name: checked_name(origin)?, bytes }, pair })
    }

    /// The key that verifies what this one signs.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(text.as_bytes()).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl PublicKey {
    /// Reads the text form; white space around it is ignored, as files end in a newline.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.trim_ascii().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Text("a part is missing"));
        };
        let decoded = base::decode(key).ok_or(KeyError::Text("the key is not base64"))?;
        let (kind, bytes) = decoded.split_first().ok_or(KeyError::Text("the key is empty"))?;
        if *kind != ED25519_TYPE {
            return Err(KeyError::Text("it is not an ed25519 key"));
        }
        let bytes = bytes.try_into().map_err(|_| KeyError::Text("the key is not 32 bytes long"))?;
        let key = Self { name: checked_name(name)?, bytes };
        if hex::encode(key.id()) != id {
            return Err(KeyError::Text("the hash does not belong to this name and key"));
        }
        Ok(key)
    }

    /// The origin of the log whose checkpoints it verifies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that name the key in a signature line.
    pub(crate) fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &[ED25519_TYPE], &self.bytes]);
        [a, b, c, d]
    }

    pub(crate) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.bytes).verify(text.as_bytes(), signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE], self.bytes.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), base::encode(&key))
    }
}

fn checked_name(name: &str) -> Result<String, KeyError> {
    let bad = |letter: char| letter == '+' || letter.is_whitespace() || letter.is_control();
    if name.is_empty() || name.contains(bad) {
        return Err(KeyError::Name(name.to_owned()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of the Go implementation of signed notes.
    const PUBLISHED: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_published_key_is_read_and_written_unchanged() {
        let key = PublicKey::parse(&format!("{PUBLISHED}\n")).unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.to_string(), PUBLISHED);
    }

    #[test]
    fn the_text_of_a_key_reads_back() {
        let key = SigningKey::from_seed("tidegate.example/acme", &[7; 32]).unwrap();
        assert_eq!(PublicKey::parse(&key.public_key().to_string()).unwrap(), *key.public_key());
    }

    #[test]
    fn a_key_under_another_name_or_with_a_changed_letter_is_refused() {
        for bad in [
            PUBLISHED.replace("Peter", "Petra"),
            PUBLISHED.replace("c74f20a3", "c74f20a4"),
            PUBLISHED.replace("ARpc", "ARpd"),
            PUBLISHED.replace("ARpc", "Ahpc"),
            PUBLISHED.replace('+', " "),
            PUBLISHED[..40].to_owned(),
            String::new(),
        ] {
            assert!(matches!(PublicKey::parse(&bad), Err(KeyError::Text(_))), "{bad}");
        }
    }

    #[test]
    fn names_that_would_break_a_signature_line_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{7f}b"] {
            assert_eq!(SigningKey::from_seed(name, &[7; 32]).unwrap_err(), KeyError::Name(name.to_owned()));
        }
        assert_eq!(SigningKey::from_seed("log", &[7; 31]).unwrap_err(), KeyError::Seed);
    }

    #[test]
    fn debug_of_a_signing_key_shows_the_public_half_only() {
        let key = SigningKey::from_seed("log", &[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ public: {:?}, .. }}", key.public_key()));
    }
}
