//! Changes name the revision that they change.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use domain::{Error, ErrorKind};

use super::Failure;

/// The revision that `If-Match` names.
pub(crate) struct IfMatch(pub(crate) i64);

/// The header that names a revision.
pub(crate) fn etag(revision: i64) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    [(header::ETAG, value)]
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            let error = Error::new(ErrorKind::PreconditionRequired, "a change names the revision that it changes");
            return Err(Failure(error.with_hint("read the object first and send its ETag as 'If-Match'")));
        };
        let revision =
            value.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        revision.map(Self).ok_or_else(|| {
            let error = Error::new(ErrorKind::PreconditionFailed, "'If-Match' does not name a revision of this object");
            Failure(error.with_hint("send the ETag as it was given, with its quotes"))
        })
    }
}
