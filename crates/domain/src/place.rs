//! Where data is: bucket, prefix, key. All of them are literal bytes and are never normalised.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest object key that S3 takes, in bytes of UTF-8
/// (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub const MAX_KEY: usize = 1024;

/// The name of a bucket as the store knows it: 3 to 63 of lower-case letters, digits, `.` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct BucketName(String);

/// A literal prefix of keys: empty, or ending in `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct Prefix(String);

/// A whole object key, exactly as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct ObjectKey(String);

/// Why a text is not a bucket, prefix or key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A URL or ARN where the bare name of a bucket belongs.
    #[error("give the bare name of the bucket, not a URL or ARN")]
    BucketIsUrl,
    /// Not a bucket name.
    #[error(
        "a bucket name has 3 to 63 lower-case letters, digits, '.' and '-', and begins and ends with a letter or digit"
    )]
    BadBucket,
    /// A prefix with a leading slash.
    #[error("a prefix does not begin with '/': keys have no leading slash unless it is part of the key")]
    LeadingSlash,
    /// A prefix with a `.` or `..` segment.
    #[error("a prefix has no '.' or '..' segments")]
    DotSegment,
    /// A control character.
    #[error("control characters are not allowed")]
    Control,
    /// An empty key.
    #[error("an object key cannot be empty")]
    EmptyKey,
    /// Over 1,024 bytes.
    #[error("at most {MAX_KEY} bytes of UTF-8 are allowed")]
    TooLong,
}

impl BucketName {
    fn check(text: &str) -> Result<(), PlaceError> {
        if text.contains("://") || text.starts_with("arn:") || text.contains('/') {
            return Err(PlaceError::BucketIsUrl);
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
        let inner = text.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'.');
        if ends && inner && (3..=63).contains(&text.len()) && !text.contains("..") {
            Ok(())
        } else {
            Err(PlaceError::BadBucket)
        }
    }
}

impl Prefix {
    /// The whole bucket.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Whether the key lies under this prefix.
    pub fn holds(&self, key: &str) -> bool {
        key.starts_with(&self.0)
    }

    /// Whether every key under `other` also lies under this prefix.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    fn check(text: &str) -> Result<(), PlaceError> {
        if text.starts_with('/') {
            return Err(PlaceError::LeadingSlash);
        }
        if text.len() > MAX_KEY {
            return Err(PlaceError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PlaceError::Control);
        }
        if text.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(PlaceError::DotSegment);
        }
        Ok(())
    }
}

impl ObjectKey {
    fn check(text: &str) -> Result<(), PlaceError> {
        match text.len() {
            0 => Err(PlaceError::EmptyKey),
            1..=MAX_KEY => Ok(()),
            _ => Err(PlaceError::TooLong),
        }
    }
}

macro_rules! place_type {
    ($type:ident, $finish:expr) => {
        impl $type {
            /// The text, byte for byte.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $type {
            type Error = PlaceError;
            fn try_from(text: String) -> Result<Self, PlaceError> {
                Self::check(&text)?;
                let finish: fn(String) -> String = $finish;
                Ok(Self(finish(text)))
            }
        }
        impl FromStr for $type {
            type Err = PlaceError;
            fn from_str(text: &str) -> Result<Self, PlaceError> {
                Self::try_from(text.to_owned())
            }
        }
        impl From<$type> for String {
            fn from(place: $type) -> Self {
                place.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

place_type!(BucketName, |text| text);
place_type!(ObjectKey, |text| text);
place_type!(Prefix, |mut text| {
    if !text.is_empty() && !text.ends_with('/') {
        text.push('/');
    }
    text
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_gets_a_slash_unless_empty() {
        assert_eq!("a".parse::<Prefix>().unwrap().as_str(), "a/");
        assert_eq!("a/b/".parse::<Prefix>().unwrap().as_str(), "a/b/");
        assert_eq!("".parse::<Prefix>().unwrap().as_str(), "");
        assert_eq!("a//b*?${x}é\"".parse::<Prefix>().unwrap().as_str(), "a//b*?${x}é\"/");
    }

    #[test]
    fn prefix_with_leading_slash_dots_or_control_is_refused() {
        for bad in ["/a", "a/../b", "..", "./a", "a\nb", "a\u{7f}"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn keys_are_kept_byte_for_byte() {
        for key in ["/lead", "//two", " blank ", "a%2Fb", "a/../b", &"k".repeat(1024)] {
            assert_eq!(key.parse::<ObjectKey>().unwrap().as_str(), key);
        }
        assert!("".parse::<ObjectKey>().is_err());
        assert!("k".repeat(1025).parse::<ObjectKey>().is_err());
    }

    #[test]
    fn bucket_urls_and_arns_are_named_as_such() {
        for url in ["s3://data", "https://data.s3.amazonaws.com", "arn:aws:s3:::data", "data/x"] {
            assert_eq!(url.parse::<BucketName>(), Err(PlaceError::BucketIsUrl), "{url}");
        }
        assert_eq!("Data".parse::<BucketName>(), Err(PlaceError::BadBucket));
    }
}
