//! What a provider answered, by meaning.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::proof::ProviderAnswer;

/// The meaning of a provider's refusal, or of its silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderErrorKind {
    /// Understood, known, and not allowed: the only explicit refusal.
    Denied,
    /// The credentials are not known or the signature is wrong.
    BadCredentials,
    /// The credentials were good once.
    ExpiredCredentials,
    /// No such object.
    NoSuchKey,
    /// No such bucket.
    NoSuchBucket,
    /// A condition of the request did not hold (412, or 409 of a concurrent write).
    PreconditionFailed,
    /// The bucket is in another region.
    WrongRegion,
    /// The clocks are too far apart.
    ClockSkew,
    /// The provider does not know this operation or parameter.
    NotImplemented,
    /// The provider found the request faulty.
    BadRequest,
    /// The policy is over a limit of the provider.
    PolicyTooLarge,
    /// The time asked for is over a limit of the provider.
    TtlTooLong,
    /// Too many requests.
    Throttled,
    /// 5xx.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke, or TLS failed.
    Network,
    /// The egress guard forbids the address.
    EgressDenied,
    /// An answer that no such provider gives: a web page, a redirect, broken XML.
    NotTheProvider,
    /// The connection cannot do this at all.
    Unsupported,
    /// No policy of this store can say this scope.
    NotExpressible,
    /// A user lacks a property that the role ARN names.
    MissingProperty,
    /// The operator does not permit this identity.
    NotPermitted,
}

impl ProviderErrorKind {
    /// An explicit refusal of a known identity: the only thing that a negative check may pass on.
    pub fn is_refusal(self) -> bool {
        self == Self::Denied
    }

    /// Whether nothing was learnt: a network error, a timeout or an unexpected answer.
    pub fn is_inconclusive(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::Unavailable
                | Self::Timeout
                | Self::Network
                | Self::NotTheProvider
                | Self::BadRequest
        )
    }

    fn shared(self) -> ErrorKind {
        match self {
            Self::Denied
            | Self::BadCredentials
            | Self::ExpiredCredentials
            | Self::NoSuchKey
            | Self::NoSuchBucket
            | Self::PreconditionFailed
            | Self::WrongRegion
            | Self::ClockSkew
            | Self::BadRequest => ErrorKind::ProviderDenied,
            Self::NotImplemented | Self::Unsupported => ErrorKind::Unsupported,
            Self::PolicyTooLarge => ErrorKind::PolicyTooLarge,
            Self::TtlTooLong => ErrorKind::TtlExceedsLimit,
            Self::Throttled => ErrorKind::ProviderThrottled,
            Self::Unavailable | Self::Timeout | Self::Network | Self::NotTheProvider => ErrorKind::ProviderUnavailable,
            Self::EgressDenied => ErrorKind::EgressDenied,
            Self::NotExpressible => ErrorKind::ScopeNotExpressible,
            Self::MissingProperty | Self::NotPermitted => ErrorKind::PermissionDenied,
        }
    }
}

/// A failed request to a provider.
///
/// `message` is safe to show: it never holds a secret, a signed header or a URL with a signature.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct ProviderError {
    /// Its meaning.
    pub kind: ProviderErrorKind,
    /// What was asked, in the provider's word, for example `sts:AssumeRole`.
    pub operation: &'static str,
    /// One sentence for the caller.
    pub message: String,
    /// The provider's own words.
    pub answer: Option<ProviderAnswer>,
    /// What mends it.
    pub hint: Option<String>,
    /// The region in which the bucket is, where the provider said so.
    pub region: Option<String>,
    /// When to come back, where the provider said so.
    pub retry_after: Option<Duration>,
}

impl ProviderError {
    /// An error with a sentence for the caller.
    pub fn new(kind: ProviderErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self { kind, operation, message: message.into(), answer: None, hint: None, region: None, retry_after: None }
    }

    /// Adds the provider's own words.
    #[must_use]
    pub fn with_answer(mut self, answer: ProviderAnswer) -> Self {
        self.answer = Some(answer);
        self
    }

    /// Adds what mends it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<ProviderError> for Error {
    fn from(from: ProviderError) -> Self {
        let kind = from.kind.shared();
        let mut error = Self::new(kind, format!("{}: {}", from.operation, from.message));
        if let Some(answer) = from.answer {
            error = error.with_answer(answer);
        }
        if let Some(hint) = from.hint {
            error = error.with_hint(hint);
        }
        match from.retry_after {
            Some(after) => error.with_retry_after(after),
            None if kind == ErrorKind::ProviderThrottled => error.with_retry_after(Duration::from_secs(2)),
            None => error,
        }
    }
}
