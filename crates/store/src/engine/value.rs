//! What goes into a statement.
//!
//! The two engines share four kinds of column. Times are microseconds since the epoch, booleans
//! are 0 and 1, documents are text. Nothing is typed by the engine: a null has the type of its
//! column, since PostgreSQL wants to know it.

use domain::Error;
use jiff::Timestamp;
use serde::Serialize;

/// One argument of a statement.
#[derive(Clone)]
pub enum Value {
    /// A whole number, a time or a flag.
    Int(i64),
    /// The same, or nothing.
    OptInt(Option<i64>),
    /// Text.
    Text(String),
    /// Text, or nothing.
    OptText(Option<String>),
    /// Bytes.
    Blob(Vec<u8>),
    /// Bytes, or nothing.
    OptBlob(Option<Vec<u8>>),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Int(_) | Self::OptInt(_) => "[number]",
            Self::Text(_) | Self::OptText(_) => "[text]",
            Self::Blob(_) | Self::OptBlob(_) => "[bytes]",
        })
    }
}

/// Makes the arguments of a statement from anything that is a [`Value`].
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Value::from($value)),*] };
}

macro_rules! from {
    ($($type:ty => $variant:ident($convert:expr)),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let convert: fn($type) -> _ = $convert;
                Self::$variant(convert(value))
            }
        }
    )+};
}

from! {
    i64 => Int(|v| v),
    i32 => Int(i64::from),
    u32 => Int(i64::from),
    u8 => Int(i64::from),
    bool => Int(i64::from),
    Timestamp => Int(Timestamp::as_microsecond),
    Option<i64> => OptInt(|v| v),
    Option<Timestamp> => OptInt(|v| v.map(Timestamp::as_microsecond)),
    &str => Text(str::to_owned),
    &String => Text(String::clone),
    String => Text(|v| v),
    Option<String> => OptText(|v| v),
    Option<&str> => OptText(|v| v.map(str::to_owned)),
    Vec<u8> => Blob(|v| v),
    &[u8] => Blob(<[u8]>::to_vec),
    [u8; 32] => Blob(|v| v.to_vec()),
    Option<Vec<u8>> => OptBlob(|v| v),
}

macro_rules! from_display {
    ($($type:ty),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Text(value.to_string())
            }
        }
        impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                Self::Text(value.to_string())
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::OptText(value.map(|value| value.to_string()))
            }
        }
    )+};
}

from_display! {
    domain::id::InstallationId, domain::id::ProjectId, domain::id::PrincipalId, domain::id::TokenId,
    domain::id::IntegrationId, domain::id::DatasourceId, domain::id::GrantId, domain::id::ProofId,
    domain::id::ProofRunId, domain::id::SecretId,
    domain::name::Name, domain::place::BucketName, domain::place::Prefix, domain::principal::Role,
}

/// A document as text.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// The word that stands for a value of a closed set, as the API writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, Error> {
    match serde_json::to_value(value).map_err(Error::internal)? {
        serde_json::Value::String(word) => Ok(word),
        _ => Err(Error::internal("only values that are written as one word are kept as one")),
    }
}
