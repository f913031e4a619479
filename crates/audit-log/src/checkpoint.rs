//! Checkpoints: the size and root of a log at one moment, signed.

use crate::base;
use crate::hash::Hash;
use crate::key::{PublicKey, SigningKey};
use crate::note;

/// The state of a log that its key vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many records it has.
    pub size: u64,
    /// The root over these records.
    pub root: Hash,
}

/// The text is not a checkpoint of this log.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// It has another form.
    #[error("the checkpoint is damaged: {0}")]
    Malformed(&'static str),
    /// The signature of the key does not fit the text.
    #[error("the signature of the checkpoint is wrong: the checkpoint was altered, or signed with another key")]
    BadSignature,
    /// The key has not signed it.
    #[error(
        "the checkpoint is not signed by the key of '{by}': it was signed with another key or belongs to another log"
    )]
    NotSigned {
        /// The name of the key that was given.
        by: String,
    },
    /// The key is that of another log.
    #[error("the checkpoint is of the log '{origin}', the key of the log '{key}'")]
    OtherLog {
        /// The log of the checkpoint.
        origin: String,
        /// The log of the key.
        key: String,
    },
}

impl Checkpoint {
    /// The signed text; the key must be that of this log.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CheckpointError> {
        self.belongs_to(key.public_key())?;
        Ok(note::sign(&self.text(), key))
    }

    /// Reads a signed text and verifies that the key of its log signed it.
    pub fn open(text: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(note::open(text, key)?)?;
        checkpoint.belongs_to(key)?;
        Ok(checkpoint)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base::encode(&self.root))
    }

    fn belongs_to(&self, key: &PublicKey) -> Result<(), CheckpointError> {
        if self.origin == key.name() {
            return Ok(());
        }
        Err(CheckpointError::OtherLog { origin: self.origin.clone(), key: key.name().to_owned() })
    }

    /// Reads the body; lines after the third are allowed by the form and mean nothing here.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let bad = CheckpointError::Malformed;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(bad("it has fewer than three lines"));
        };
        if lines.any(str::is_empty) {
            return Err(bad("it has an empty line"));
        }
        let number: u64 = size.parse().map_err(|_| bad("its size is not a number"))?;
        if number.to_string() != size {
            return Err(bad("its size is not in plain decimal"));
        }
        let root = base::decode(root).and_then(|bytes| bytes.try_into().ok());
        let root = root.ok_or(bad("its root is not base64 of 32 bytes"))?;
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed("tidegate.example/acme", &[7; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "tidegate.example/acme".to_owned(), size: 42, root: [9; 32] }
    }

    #[test]
    fn a_signed_checkpoint_has_the_published_form_and_reads_back() {
        let text = checkpoint().sign(&key()).unwrap();
        let head = "tidegate.example/acme\n42\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\n\u{2014} tidegate.example/acme ";
        assert!(text.starts_with(head), "{text}");
        assert_eq!(Checkpoint::open(&text, key().public_key()).unwrap(), checkpoint());
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let text = checkpoint().sign(&key()).unwrap().into_bytes();
        for at in 0..text.len() {
            for flip in [1, 0x20] {
                let mut changed = text.clone();
                changed[at] ^= flip;
                let Ok(changed) = String::from_utf8(changed) else { continue };
                assert!(Checkpoint::open(&changed, key().public_key()).is_err(), "{at}: {changed}");
            }
        }
    }

    #[test]
    fn the_same_seed_under_another_name_signs_for_that_log_only() {
        let other = SigningKey::from_seed("tidegate.example/other", &[7; 32]).unwrap();
        let error = checkpoint().sign(&other).unwrap_err();
        assert!(matches!(error, CheckpointError::OtherLog { .. }), "{error}");
        let text = checkpoint().sign(&key()).unwrap();
        let error = Checkpoint::open(&text, other.public_key()).unwrap_err();
        assert!(matches!(error, CheckpointError::NotSigned { .. }), "{error}");
    }

    #[test]
    fn a_checkpoint_signed_with_another_seed_is_refused() {
        let other = SigningKey::from_seed("tidegate.example/acme", &[8; 32]).unwrap();
        let error = Checkpoint::open(&checkpoint().sign(&other).unwrap(), key().public_key()).unwrap_err();
        assert!(matches!(error, CheckpointError::NotSigned { .. }), "{error}");
    }

    #[test]
    fn a_signed_text_of_another_form_is_refused() {
        let root = base::encode(&[9; 32]);
        let good = format!("tidegate.example/acme\n42\n{root}\n");
        let with_more = format!("{good}an extension\n");
        assert_eq!(Checkpoint::open(&note::sign(&with_more, &key()), key().public_key()).unwrap(), checkpoint());
        for bad in [
            "tidegate.example/acme\n42\n".to_owned(),
            good.replace("42", "042"),
            good.replace("42", "+42"),
            good.replace("42", ""),
            good.replace("42", "99999999999999999999"),
            good.replace(&root, "CQkJ"),
            format!("{good}\nmore\n"),
        ] {
            let error = Checkpoint::open(&note::sign(&bad, &key()), key().public_key()).unwrap_err();
            assert!(matches!(error, CheckpointError::Malformed(_)), "{bad}: {error}");
        }
        let error = Checkpoint::open(&note::sign(&good.replace("acme", "x"), &key()), key().public_key()).unwrap_err();
        assert!(matches!(error, CheckpointError::OtherLog { .. }), "{error}");
    }
}
