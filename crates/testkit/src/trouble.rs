//! What a test has a double do wrong: answers of its own, and delays.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http_double::Reply;

/// Faults and delays by kind of call.
pub(crate) struct Trouble<C> {
    delays: BTreeMap<C, Duration>,
    faults: BTreeMap<C, Reply>,
}

impl<C: Ord> Trouble<C> {
    pub(crate) fn none() -> Self {
        Self { delays: BTreeMap::new(), faults: BTreeMap::new() }
    }

    pub(crate) fn delay(&mut self, call: C, by: Duration) {
        self.delays.insert(call, by);
    }

    pub(crate) fn fault(&mut self, call: C, reply: Reply) {
        self.faults.insert(call, reply);
    }

    pub(crate) fn heal(&mut self) {
        *self = Self::none();
    }

    /// What is to be done with a call.
    pub(crate) fn of(&self, call: &C) -> (Option<Duration>, Option<Reply>) {
        (self.delays.get(call).copied(), self.faults.get(call).cloned())
    }
}
