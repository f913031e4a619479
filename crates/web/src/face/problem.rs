//! How an error looks: RFC 9457 `application/problem+json`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::proof::{Proof, ProviderAnswer, Remedy};
use domain::{Error, ErrorKind, FieldError};
use serde::Serialize;

/// An error on its way out; becomes a [`Problem`] with the request's id.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// What happened, why, and what mends it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// A URI of the kind of problem.
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and why.
    pub detail: String,
    /// The stable code to match on.
    pub code: String,
    /// Whether the same request may succeed later unchanged.
    pub retryable: bool,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The id of the request, as in the log and the audit.
    pub request_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The provider's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderAnswer>,
    /// The proof that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// The one place that knows which HTTP status a kind of error has.
pub(crate) fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::PasswordChangeRequired | ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict | ErrorKind::NameTaken | ErrorKind::TrustNotEnforced => StatusCode::CONFLICT,
        ErrorKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorKind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Invalid
        | ErrorKind::ProofFailed
        | ErrorKind::EgressDenied
        | ErrorKind::Unsupported
        | ErrorKind::ScopeNotExpressible
        | ErrorKind::PolicyTooLarge
        | ErrorKind::TtlExceedsLimit => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::ProviderDenied => StatusCode::FAILED_DEPENDENCY,
        ErrorKind::RateLimited | ErrorKind::ProviderThrottled => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorKind::ProviderUnavailable | ErrorKind::AuditUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Problem {
    fn of(error: &Error, status: StatusCode, request_id: &str) -> Self {
        // An internal fault shows its id and nothing else.
        let detail = match error.kind() {
            ErrorKind::Internal => format!("something went wrong inside Tidegate; the log has it under {request_id}"),
            _ => error.message().to_owned(),
        };
        Self {
            r#type: format!("urn:tidegate:problem:{}", error.code()),
            title: error.code().replace('_', " "),
            status: status.as_u16(),
            detail,
            code: error.code().to_owned(),
            retryable: error.retryable(),
            remedy: error.remedy().cloned().or_else(|| error.hint().map(Remedy::say)),
            request_id: request_id.to_owned(),
            errors: error.fields().to_vec(),
            provider: error.answer().cloned(),
            proof: error.proof().cloned(),
        }
    }

    /// The problem as the last event of a stream; logged as well.
    pub(crate) fn text(error: &Error, request_id: &str) -> String {
        log(error, request_id);
        serde_json::to_string(&Self::of(error, status(error.kind()), request_id)).unwrap_or_default()
    }

    /// The answer to a request that failed; logged here and nowhere else.
    pub(crate) fn response(error: &Error, request_id: &str) -> Response {
        Self::response_as(error, status(error.kind()), request_id)
    }

    /// The same with a status of HTTP's own, which the document repeats.
    pub(crate) fn response_as(error: &Error, status: StatusCode, request_id: &str) -> Response {
        log(error, request_id);
        let mut response = (status, Json(Self::of(error, status, request_id))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(after) = error.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
        }
        if error.kind() == ErrorKind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tidegate\""));
        }
        response
    }
}

/// Logs an error; once, on its way out.
pub(crate) fn log(error: &Error, request_id: &str) {
    match error.kind() {
        ErrorKind::Internal | ErrorKind::AuditUnavailable => {
            tracing::error!(request_id, code = error.code(), ?error, "request failed");
        }
        _ => {
            let message = one_line(error.message());
            tracing::info!(request_id, code = error.code(), message, "request refused");
        }
    }
}

/// A message may quote what was asked for, which must not end the line and begin another of its own.
fn one_line(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl IntoResponse for Failure {
    /// Leaves the error in the answer's extensions; the outermost layer knows the request's id and writes it.
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind()).into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self.0));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_brought_cannot_begin_a_line_of_the_log() {
        assert_eq!(
            one_line("no grant 'a\n2026 INFO forged\u{1b}[31m'"),
            "no grant 'a\u{fffd}2026 INFO forged\u{fffd}[31m'"
        );
    }
}
