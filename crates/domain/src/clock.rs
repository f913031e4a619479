//! The time, as an argument.

use jiff::Timestamp;

/// Tells the time. Tests give their own.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // The store keeps microseconds: what is answered now must be what is read later.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
