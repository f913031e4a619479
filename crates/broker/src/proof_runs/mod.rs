//! Proofs that go on without anybody waiting for them: asked for, after a change, and on a schedule.
//!
//! A run is in the store, so it outlives the page that asked for it and the server that is at it. What
//! always holds: of one integration or datasource at most one run is not over; a run is worked on by the one
//! server that holds it, and what another one finds is not kept; a run that its server left is begun again,
//! but not for ever; so many go on at once and no more, and those that nobody waits for leave room.

mod changes;
mod execute;
mod places;
mod progress;
mod queue;
mod schedule;
mod start;
mod view;
mod work;

pub use changes::ProofChange;
pub use view::{ProofRunView, RunError, RunSubject};

pub(crate) use queue::prove_datasources_of;
pub(crate) use schedule::plan;
pub(crate) use work::work;

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;

use crate::Broker;

/// How long a run is its server's without a word from it.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How often a server that is at a run says so, if no check ends meanwhile.
const RENEWED: Duration = Duration::from_secs(10);
/// The longest that the checks of a run may take; after that it cleans up.
const LONGEST: Duration = Duration::from_secs(300);
/// How often a run is begun that its servers did not finish.
const MOST_ATTEMPTS: u32 = 3;
/// How often a server looks for what others have queued.
const POLL: Duration = Duration::from_secs(5);
/// How long runs are kept that are over; their proofs stay.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What this server needs for its runs.
pub(crate) struct ProofRuns {
    /// How it is called in the store, until it stops.
    node: String,
    wake: Notify,
}

impl Default for ProofRuns {
    fn default() -> Self {
        Self { node: uuid::Uuid::new_v4().to_string(), wake: Notify::new() }
    }
}

impl Broker {
    /// Has this server look at once for what was queued.
    pub(crate) fn wake_proof_runs(&self) {
        self.0.proof_runs.wake.notify_one();
    }
}
