//! What cannot be signed, whichever store it is for.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::canonical::borrowed;

/// The longest life of a signed URL, in seconds: seven days
/// (AWS documentation, "Authenticating Requests: Using Query Parameters"; Google Cloud Storage, "Signed URLs").
pub const MAX_EXPIRES: u64 = 604_800;

/// Why a batch cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// Expiry out of bounds.
    #[error("a signed URL lives for 1 to {MAX_EXPIRES} seconds; {seconds} were asked for")]
    Expires {
        /// What was asked for.
        seconds: u64,
    },
    /// A header that no client could send as it was signed.
    #[error("the header {name:?} cannot be signed: its name or value is not one that HTTP allows")]
    BadHeader {
        /// Its name.
        name: String,
    },
    /// `Host`.
    #[error("the header \"host\" follows from the endpoint and cannot be given")]
    HostHeader,
    /// A query parameter that signing itself writes.
    #[error("the query parameter {name:?} is written by signing and cannot be given")]
    OwnParameter {
        /// Its name.
        name: String,
    },
}

pub(crate) fn expiry(expires: Duration) -> Result<String, SigningError> {
    match expires.as_secs() {
        seconds @ 1..=MAX_EXPIRES => Ok(seconds.to_string()),
        seconds => Err(SigningError::Expires { seconds }),
    }
}

pub(crate) fn headers(headers: &[(String, String)]) -> Result<(), SigningError> {
    for (name, value) in borrowed(headers) {
        if name.eq_ignore_ascii_case("host") {
            return Err(SigningError::HostHeader);
        }
        if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_bytes(value.as_bytes()).is_err() {
            return Err(SigningError::BadHeader { name: name.to_owned() });
        }
    }
    Ok(())
}

/// `own` are the parameters that signing itself writes, in lower case.
pub(crate) fn query(query: &[(String, String)], own: &[&str]) -> Result<(), SigningError> {
    match borrowed(query).find(|(name, _)| own.iter().any(|own| name.eq_ignore_ascii_case(own))) {
        Some((name, _)) => Err(SigningError::OwnParameter { name: name.to_owned() }),
        None => Ok(()),
    }
}
