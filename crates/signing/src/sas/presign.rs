//! Signed URLs of blobs, many at a time.

use super::ask::{SasAsk, SasError, check_name};
use super::lines::Lines;
use crate::encode;
use crate::presign::KEY_ROOM;

/// Signs the blobs of one batch.
///
/// The key is prepared and all lines up to the blob's name are digested once; each URL costs the rest of
/// one HMAC.
pub struct Presigner {
    lines: Lines,
    /// The URL up to the name.
    url_head: String,
    /// The URL from the name on, up to the signature.
    url_tail: String,
}

impl Presigner {
    /// Computes what all URLs of the batch share.
    ///
    /// # Errors
    /// [`SasError`] for what no signature can say, and for times that the delegation key does not cover.
    pub fn new(ask: &SasAsk<'_>) -> Result<Self, SasError> {
        let lines = Lines::new(ask, "b", None)?;
        let url_head = format!("{}{}/", ask.service.endpoint.origin(), ask.service.path(ask.container));
        Ok(Self { url_head, url_tail: format!("?{}", lines.query), lines })
    }

    /// Whether a raw name can be signed.
    ///
    /// # Errors
    /// [`SasError::LineBreak`] or [`SasError::Backslash`] where it contains one.
    pub fn check(key: &str) -> Result<(), SasError> {
        check_name("the name of the object", key)
    }

    /// Appends the signed URL of one raw name to `out`.
    ///
    /// # Errors
    /// As [`Presigner::check`]; `out` stays as it was.
    pub fn sign_into(&self, key: &str, out: &mut String) -> Result<(), SasError> {
        Self::check(key)?;
        out.reserve(self.url_head.len() + self.url_tail.len() + KEY_ROOM);
        out.push_str(&self.url_head);
        out.extend(encode::path(key));
        out.push_str(&self.url_tail);
        self.lines.sign_into(&["/", key], out);
        Ok(())
    }
}
