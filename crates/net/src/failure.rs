//! Why nothing came back, in words that may be shown.

use std::error::Error as StdError;
use std::io;

use domain::provider::{ProviderError, ProviderErrorKind};

use crate::origin::Origin;

/// What the HTTP client says of a server that speaks first, as SSH and SMTP do; it has no other mark.
const SPOKE_FIRST: &str = "received unexpected message from connection";

/// A failure before it is known which operation it belongs to.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) kind: ProviderErrorKind,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    pub(crate) fn network(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Network, message)
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn of(self, operation: &'static str) -> ProviderError {
        let error = ProviderError::new(self.kind, operation, self.message);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// What an error of the HTTP client means.
    pub(crate) fn of_exchange(error: &(dyn StdError + 'static), origin: &Origin) -> Self {
        for cause in chain(error) {
            if let Some(own) = cause.downcast_ref::<Self>() {
                return own.clone();
            }
            let Some(http) = cause.downcast_ref::<hyper::Error>() else { continue };
            if http.is_parse() || http.to_string() == SPOKE_FIRST {
                return Self::new(
                    ProviderErrorKind::NotTheProvider,
                    format!("{origin} answered with something that is not HTTP"),
                );
            }
            if http.is_incomplete_message() {
                return Self::network(format!("{origin} closed the connection before its answer was complete"));
            }
        }
        match chain(error).find_map(|cause| cause.downcast_ref::<io::Error>()) {
            Some(io) => Self::network(format!("the connection to {origin} broke: {}", io_words(io))),
            None => Self::network(format!("the connection to {origin} broke")),
        }
    }
}

/// Whether the other side closed the connection instead of answering.
pub(crate) fn closed_unanswered(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|cause| {
        let message = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
        let reset = cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe));
        message || reset
    })
}

/// What the operating system said, without its error number.
pub(crate) fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        io::ErrorKind::ConnectionReset => "it was reset".to_owned(),
        io::ErrorKind::TimedOut => "there was no answer in time".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no route to the host".to_owned()
        }
        _ => error.to_string(),
    }
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
