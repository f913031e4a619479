//! Wrong attempts under names that nobody has.
//!
//! An account that is shut answers otherwise than one that is open, so a name that nobody has must be shut
//! by the same attempts: else the answer would tell which names there are. Kept in memory, on each node.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use super::attempts::lock_out;

/// So many names are remembered; whoever makes up more forgets his own.
const REMEMBERED: usize = 10_000;

/// What stands for a name: a stranger may send one as long as a request may be.
type Fingerprint = [u8; 32];

/// Names that nobody has, with what was tried under them.
#[derive(Default)]
pub(crate) struct Strangers {
    tried: Mutex<HashMap<Fingerprint, Tried>>,
}

#[derive(Default, Clone, Copy)]
struct Tried {
    failed: u32,
    shut_until: Option<Timestamp>,
}

impl Strangers {
    /// Until when the name is shut, if it is.
    pub(super) fn shut_until(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        self.lock().get(&fingerprint(name)).and_then(|tried| tried.shut_until).filter(|until| *until > now)
    }

    /// Counts a wrong attempt.
    pub(super) fn count(&self, name: &str, now: Timestamp) {
        let (mut tried, name) = (self.lock(), fingerprint(name));
        if tried.len() >= REMEMBERED && !tried.contains_key(&name) {
            tried.clear();
        }
        let entry = tried.entry(name).or_default();
        entry.failed = entry.failed.saturating_add(1);
        entry.shut_until = lock_out(entry.failed).and_then(|wait| now.saturating_add(wait).ok());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Fingerprint, Tried>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fingerprint(name: &str) -> Fingerprint {
    digest(&SHA256, name.as_bytes()).as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_nobody_has_is_shut_as_an_account_would_be() {
        let (strangers, now) = (Strangers::default(), Timestamp::UNIX_EPOCH);
        for attempt in 0..5 {
            assert_eq!(strangers.shut_until("ann", now), None, "attempt {attempt}");
            strangers.count("ann", now);
        }
        assert_eq!(strangers.shut_until("ann", now).map(|until| until.as_second()), Some(30));
        assert_eq!(strangers.shut_until("bob", now), None);
        assert_eq!(strangers.shut_until("ann", Timestamp::from_second(31).unwrap()), None);
    }
}
