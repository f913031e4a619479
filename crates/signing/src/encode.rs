//! The one percent-encoding that all schemes here know, and hexadecimal digests.
//!
//! Every byte outside `A-Z a-z 0-9 - . _ ~` becomes `%XX` with upper-case digits; in a path `/`
//! stays as well. Nothing is decoded, collapsed or trimmed, so `//`, blanks and a literal `%2F`
//! in a key survive. One thing encoding cannot do: a key with `.` or `..` segments goes out
//! as it is, and a client or proxy that resolves dot segments asks for another object, whose
//! signature does not match. Writing `%2E` would not help, because RFC 3986 makes it the same
//! as `.`. It fails closed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// The name or value of a query parameter.
pub(crate) fn component(raw: &str) -> PercentEncode<'_> {
    utf8_percent_encode(raw, COMPONENT)
}

/// A path, its slashes kept.
pub(crate) fn path(raw: &str) -> PercentEncode<'_> {
    utf8_percent_encode(raw, PATH)
}

/// A SHA-256 digest or tag in lower-case hexadecimal, without an allocation.
pub(crate) struct Hex([u8; 64]);

impl Hex {
    pub(crate) fn of(digest: &[u8]) -> Self {
        let mut digits = [b'0'; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        Self(digits)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        // Digits are always text; an empty signature would be refused by every store.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Appends bytes of any number in lower-case hexadecimal.
pub(crate) fn push_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        out.push(char::from(digit(byte >> 4)));
        out.push(char::from(digit(byte & 15)));
    }
}

fn digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_awkward_keys_is_encoded_byte_for_byte() {
        for (raw, encoded) in [
            ("/lead", "/lead"),
            ("a//b/", "a//b/"),
            (" blank ", "%20blank%20"),
            ("a%2Fb", "a%252Fb"),
            ("a/../b", "a/../b"),
            ("é\n", "%C3%A9%0A"),
            ("-._~", "-._~"),
            ("a+b=c&d?e#f*g'h", "a%2Bb%3Dc%26d%3Fe%23f%2Ag%27h"),
        ] {
            assert_eq!(path(raw).to_string(), encoded, "{raw:?}");
        }
    }

    #[test]
    fn component_encodes_the_slash_as_well() {
        assert_eq!(component("a/b").to_string(), "a%2Fb");
    }

    #[test]
    fn hex_of_many_bytes_is_appended() {
        let mut out = "=".to_owned();
        push_hex(&[0, 0x9a, 0xff], &mut out);
        assert_eq!(out, "=009aff");
    }

    #[test]
    fn hex_of_a_digest_has_lower_case_digits() {
        let digest: Vec<u8> = (0..32).map(|i| i * 8 + 7).collect();
        assert_eq!(Hex::of(&digest).as_str(), "070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff");
    }
}
