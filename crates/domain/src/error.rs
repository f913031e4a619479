//! The one error that crosses the borders between crates.
//!
//! Leaf modules have their own small enums and convert them here, beside themselves. A face
//! (HTTP, command line) turns [`ErrorKind`] into its own form with one total match. `message`
//! and `hint` are for the caller; `source` is for the log and is never shown outside.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::proof::{Proof, ProviderAnswer, Remedy};

/// The result of everything that may fail with the shared [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a closed set; the stable `code` follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request could not be parsed at all.
    Malformed,
    /// The request was understood and its content is not acceptable.
    Invalid,
    /// Nobody, or somebody unknown, is asking.
    Unauthenticated,
    /// The password was generated and must be changed first.
    PasswordChangeRequired,
    /// The caller may see the object but not do this.
    PermissionDenied,
    /// No such object, or none that the caller may see.
    NotFound,
    /// The state of the object does not allow this now.
    Conflict,
    /// The name belongs to another object of the project.
    NameTaken,
    /// The role can be assumed without the external id.
    TrustNotEnforced,
    /// `If-Match` names another revision.
    PreconditionFailed,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// The request or a part of it is over its limit.
    TooLarge,
    /// The proof failed or could not be finished.
    ProofFailed,
    /// The egress guard forbids the address.
    EgressDenied,
    /// The provider or method cannot do this at all.
    Unsupported,
    /// No policy of this store can say this scope.
    ScopeNotExpressible,
    /// The policy document is over the provider's limit.
    PolicyTooLarge,
    /// The time asked for is over a known limit.
    TtlExceedsLimit,
    /// The provider refused.
    ProviderDenied,
    /// The caller asks too often.
    RateLimited,
    /// The provider says that Tidegate asks too often.
    ProviderThrottled,
    /// A fault of Tidegate.
    Internal,
    /// The provider did not answer, or answered that it cannot.
    ProviderUnavailable,
    /// The audit record could not be written, so nothing was handed out.
    AuditUnavailable,
}

impl ErrorKind {
    /// The stable code that callers may match on.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed | Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::PasswordChangeRequired => "password_change_required",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::NameTaken => "name_taken",
            Self::TrustNotEnforced => "trust_not_enforced",
            Self::PreconditionFailed => "precondition_failed",
            Self::PreconditionRequired => "precondition_required",
            Self::TooLarge => "too_large",
            Self::ProofFailed => "proof_failed",
            Self::EgressDenied => "egress_denied",
            Self::Unsupported => "unsupported",
            Self::ScopeNotExpressible => "scope_not_expressible",
            Self::PolicyTooLarge => "policy_too_large",
            Self::TtlExceedsLimit => "ttl_exceeds_limit",
            Self::ProviderDenied => "provider_denied",
            Self::RateLimited => "rate_limited",
            Self::ProviderThrottled => "provider_throttled",
            Self::Internal => "internal",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::AuditUnavailable => "audit_unavailable",
        }
    }

    /// Whether the same request may succeed later without being changed.
    pub fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::ProviderThrottled | Self::ProviderUnavailable | Self::AuditUnavailable)
    }
}

/// One field of the request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// RFC 6901 pointer into the request body, for example `/settings/role_arn`.
    pub pointer: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// What happened, why, and what mends it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    retryable: Option<bool>,
    answer: Option<ProviderAnswer>,
    remedy: Option<Remedy>,
    proof: Option<Proof>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind with a sentence for the caller.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            fields: Vec::new(),
            retry_after: None,
            retryable: None,
            answer: None,
            remedy: None,
            proof: None,
            source: None,
        }))
    }

    /// A fault of Tidegate: the source goes to the log, the caller learns only an id.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Internal, "something went wrong inside Tidegate").with_source(source)
    }

    /// No such object, said the same way for one that the caller may not see.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no {what} '{name}' that you may see"))
    }

    /// One field is wrong.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError::new(pointer, message)])
    }

    /// Several fields are wrong, all reported together.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [only] => only.message.clone(),
            many => format!("{} fields are not acceptable", many.len()),
        };
        let mut error = Self::new(ErrorKind::Invalid, message);
        error.0.fields = fields;
        error
    }

    /// Adds what mends it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the fields at fault.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    /// Adds one field at fault.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        let message = self.0.message.clone();
        self.0.fields.push(FieldError::new(pointer, message));
        self
    }

    /// Adds when to come back.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Overrides what the kind says about retrying.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// Adds the provider's own words.
    #[must_use]
    pub fn with_answer(mut self, answer: ProviderAnswer) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// Adds the policy or command that mends it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.0.remedy = Some(remedy);
        self
    }

    /// Adds the proof that failed.
    #[must_use]
    pub fn with_proof(mut self, proof: Proof) -> Self {
        self.0.proof = Some(proof);
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }
    /// The sentence for the caller.
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// What mends it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
    /// The fields at fault.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }
    /// When to come back.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
    /// Whether the same request may succeed later without being changed.
    pub fn retryable(&self) -> bool {
        self.0.retryable.unwrap_or_else(|| self.0.kind.retryable())
    }
    /// The provider's own words.
    pub fn answer(&self) -> Option<&ProviderAnswer> {
        self.0.answer.as_ref()
    }
    /// The policy or command that mends it.
    pub fn remedy(&self) -> Option<&Remedy> {
        self.0.remedy.as_ref()
    }
    /// The proof that failed.
    pub fn proof(&self) -> Option<&Proof> {
        self.0.proof.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("fields", &self.0.fields)
            .field("answer", &self.0.answer)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
