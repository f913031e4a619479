//! Values that must never be shown.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Longest secret, in bytes. Providers of S3-compatible stores issue keys of any length.
pub const MAX_SECRET: usize = 64 * 1024;

/// Bytes that are wiped when dropped and that neither `Debug` nor any serialiser shows.
///
/// Reading one from JSON takes a string, or `{"base64": "..."}` for bytes that are not text.
#[derive(Clone, Default)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

/// The secrets of an integration by field name.
pub type Secrets = BTreeMap<String, SecretBytes>;

impl SecretBytes {
    /// Takes ownership of the bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes themselves. Every call is a place to look at in a review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, where they are text.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was given; a blank secret in an edit means "keep the one you have".
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl From<&str> for SecretBytes {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl<'de> Deserialize<'de> for SecretBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a secret is a string or {\"base64\": \"...\"}")]
        enum Wire {
            Text(Zeroizing<String>),
            Binary(Binary),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Binary {
            base64: Zeroizing<String>,
        }
        match Wire::deserialize(deserializer)? {
            Wire::Text(text) => Ok(Self::new(text.as_bytes())),
            Wire::Binary(binary) => base64::engine::general_purpose::STANDARD
                .decode(binary.base64.as_bytes())
                .map(Self::new)
                .map_err(|_| serde::de::Error::custom("this secret is not valid base64")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", SecretBytes::from("hunter2")), "[secret]");
    }

    #[test]
    fn bytes_that_are_not_text_come_as_base64() {
        let secret: SecretBytes = serde_json::from_str(r#"{"base64":"/wD+"}"#).unwrap();
        assert_eq!(secret.expose(), [0xff, 0x00, 0xfe]);
        assert!(serde_json::from_str::<SecretBytes>(r#"{"base64":"?"}"#).is_err());
        assert!(serde_json::from_str::<SecretBytes>("7").is_err());
    }
}
