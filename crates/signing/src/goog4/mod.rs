//! Signed URLs of Google Cloud Storage: `GOOG4-RSA-SHA256`.
//!
//! The scheme is Signature Version 4 with other names and an RSA signature (Google Cloud Storage documentation,
//! "V4 signing process with your own program" and "Canonical requests"). One canonicaliser serves both ways to
//! that signature: a [`RsaKey`] from a service account's file, or, where nobody holds the key, `signBlob` of the
//! IAM credentials API, which is given [`Presigner::string_to_sign`] and whose answer
//! [`Presigner::finish_into`] puts into the URL. Nothing is mutable, so that all cores can work on one batch: RSA
//! is nearly all of the time that a URL takes.
//!
//! A bucket stands in the path or in the host, as its [`Endpoint`](crate::Endpoint) says; Google serves both.

mod key;
mod presign;

pub use key::{KeyError, RsaKey, SignatureFailed};
pub use presign::{PresignAsk, Presigner};
