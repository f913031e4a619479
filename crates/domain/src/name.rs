//! Names that people give to things.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name, in bytes.
pub const MAX_NAME: usize = 63;

/// The name of a project, integration, datasource or service account: `[a-z0-9][a-z0-9-]{0,62}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
pub struct Name(String);

/// The name of a user: a [`Name`] that may also hold `@`, `.`, `_` and `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9@._+-]{0,62}$")]
pub struct UserName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a name cannot be empty")]
    Empty,
    /// Over 63 bytes.
    #[error("a name has at most {MAX_NAME} characters")]
    TooLong,
    /// A character that names do not have.
    #[error("a name holds only {allowed} and begins with a letter or digit")]
    BadCharacter {
        /// What is allowed, in words.
        allowed: &'static str,
    },
}

fn check(text: &str, extra: &str, allowed: &'static str) -> Result<(), NameError> {
    let first = text.bytes().next().ok_or(NameError::Empty)?;
    if text.len() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| plain(byte) || byte == b'-' || extra.as_bytes().contains(&byte);
    if plain(first) && text.bytes().all(inner) { Ok(()) } else { Err(NameError::BadCharacter { allowed }) }
}

macro_rules! name_type {
    ($type:ident, $extra:literal, $allowed:literal) => {
        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                check(text, $extra, $allowed).map(|()| Self(text.to_owned()))
            }
        }
        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                check(&text, $extra, $allowed).map(|()| Self(text))
            }
        }
        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(Name, "", "lower-case letters, digits and '-'");
name_type!(UserName, "@._+", "lower-case letters, digits, '-', '@', '.', '_' and '+'");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_grammar_are_accepted() {
        for good in ["a", "0", "my-bucket-1", &"a".repeat(63)] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        assert!("ann.b_c+d@example.com".parse::<UserName>().is_ok());
    }

    #[test]
    fn names_outside_the_grammar_are_refused() {
        for bad in ["", "-a", "A", "a b", "a/b", "a.b", "ä", "a\n", &"a".repeat(64), &"a".repeat(65536)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
        assert!("@ann".parse::<UserName>().is_err());
    }
}
