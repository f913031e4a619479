//! Secrets that can be recognised wherever they leak, in any usual encoding.
//!
//! A canary is long and random, so that finding it is never chance, and has the characters that
//! encoders change. Each half is looked for on its own as well: whatever an encoder does to the
//! characters between them, the halves stay as they are.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::random;

/// A secret that must never be seen outside.
#[derive(Clone)]
pub struct Canary {
    label: String,
    secret: String,
}

/// Where a canary was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Which canary.
    pub label: String,
    /// How it was encoded.
    pub form: &'static str,
    /// At which byte.
    pub offset: usize,
}

impl Canary {
    /// A new one; the label is what a failing test shows.
    pub fn new(label: &str) -> Self {
        Self { label: label.to_owned(), secret: format!("{}/+&\"={}", random::hex(20), random::hex(20)) }
    }

    /// Something that is secret already, such as a password made by the server.
    pub fn of(label: &str, secret: &str) -> Self {
        Self { label: label.to_owned(), secret: secret.to_owned() }
    }

    /// The secret itself, to be given to what is tested.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The first leak in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<Leak> {
        self.forms().into_iter().find_map(|(form, needle)| {
            let offset = position(bytes, &needle)?;
            Some(Leak { label: self.label.clone(), form, offset })
        })
    }

    fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let secret = self.secret.as_bytes();
        let mut forms = vec![
            ("as it is", secret.to_vec()),
            ("hexadecimal", hex::encode(secret).into_bytes()),
            ("hexadecimal, upper case", hex::encode_upper(secret).into_bytes()),
            ("percent-encoded", percent(secret)),
            ("JSON string", json(&self.secret)),
            ("list of bytes", decimal(secret, ", ")),
            ("list of bytes", decimal(secret, ",")),
        ];
        for half in self.secret.split("/+&\"=").filter(|half| half.len() >= 16) {
            forms.push(("a part of it", half.as_bytes().to_vec()));
        }
        // What precedes it in the same encoding shifts it by 0, 1 or 2 bytes; the characters at both
        // ends depend on the neighbours and are left out.
        for shift in 0..3_usize {
            let shifted = [vec![0; shift], secret.to_vec()].concat();
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let text = engine.encode(&shifted).into_bytes();
                let skip = (shift * 8).div_ceil(6);
                let take = (shifted.len() * 8 / 6).saturating_sub(skip);
                forms.push(("base64", text.into_iter().skip(skip).take(take).collect()));
            }
        }
        forms
    }
}

/// Fails the test if any of them is in the bytes.
pub fn assert_absent(place: &str, bytes: &[u8], canaries: &[Canary]) {
    if let Some(leak) = canaries.iter().find_map(|canary| canary.find(bytes)) {
        panic!("{place} holds the secret \"{}\" ({}) at byte {}", leak.label, leak.form, leak.offset);
    }
}

fn percent(secret: &[u8]) -> Vec<u8> {
    percent_encoding::percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string().into_bytes()
}

fn json(secret: &str) -> Vec<u8> {
    serde_json::Value::from(secret).to_string().trim_matches('"').as_bytes().to_vec()
}

fn decimal(secret: &[u8], between: &str) -> Vec<u8> {
    secret.iter().map(u8::to_string).collect::<Vec<_>>().join(between).into_bytes()
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(step) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        from += step;
        if bytes.get(from..).is_some_and(|rest| rest.starts_with(needle)) {
            return Some(from);
        }
        from += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(canary: &Canary, bytes: impl AsRef<[u8]>) -> bool {
        let surrounded = [b"before ", bytes.as_ref(), b" after"].concat();
        canary.find(&surrounded).is_some()
    }

    #[test]
    fn every_usual_encoding_is_found() {
        let canary = Canary::new("key");
        let secret = canary.secret();
        assert!(found(&canary, secret));
        assert!(found(&canary, hex::encode(secret)));
        assert!(found(&canary, hex::encode_upper(secret)));
        assert!(found(&canary, percent(secret.as_bytes())));
        assert!(found(&canary, serde_json::to_string(secret).unwrap()));
        assert!(found(&canary, format!("{:?}", secret.as_bytes())));
        assert!(found(&canary, secret.replace('&', "&amp;").replace('"', "&quot;")));
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        let canary = Canary::of("password", "no-special-characters-in-this-one");
        for before in ["", "a", "ab", "abc", "abcd"] {
            let text = format!("{before}{}and more", canary.secret());
            assert!(found(&canary, STANDARD_NO_PAD.encode(&text)), "standard after {before:?}");
            assert!(found(&canary, URL_SAFE_NO_PAD.encode(&text)), "url-safe after {before:?}");
        }
    }

    #[test]
    fn half_a_canary_is_a_leak() {
        let canary = Canary::new("key");
        assert_eq!(canary.find(&canary.secret().as_bytes()[..25]).unwrap().form, "a part of it");
    }

    #[test]
    fn other_secrets_are_not_found() {
        let canary = Canary::new("key");
        assert_absent("the log", Canary::new("key").secret().as_bytes(), &[canary]);
    }

    #[test]
    #[should_panic(expected = "the log holds the secret \"key\" (as it is) at byte 4")]
    fn a_leak_names_place_and_offset() {
        let canary = Canary::new("key");
        assert_absent("the log", format!("key={}", canary.secret()).as_bytes(), &[canary]);
    }
}
