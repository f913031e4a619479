//! Short-lived credentials.

mod issue;

pub(super) use issue::*;
