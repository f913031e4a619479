//! Why a document cannot be made.

/// Why no policy says what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The policy language of the store cannot say it exactly.
    #[error("{reason}")]
    NotExpressible {
        /// One sentence: what cannot be said, and why.
        reason: String,
    },
    /// It would be longer than the provider takes.
    #[error("the policy has {length} characters and the limit is {limit}")]
    TooLarge {
        /// How long it would be.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
}

impl PolicyError {
    pub(crate) fn not_expressible(reason: impl Into<String>) -> Self {
        Self::NotExpressible { reason: reason.into() }
    }
}
