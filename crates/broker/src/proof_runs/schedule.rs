//! Queueing what is to be proven from time to time.
//!
//! Each owner has a moment of its own in the interval, drawn from its id, so that thousands are spread over
//! it whenever they were made. Every server may queue: the moment is the same for all of them, and the store
//! takes one run for it. What was missed is made up for, at most so many in a round.

use std::hash::Hasher as _;
use std::time::Duration;

use domain::proof_run::RunCause;
use domain::{Error, Result};
use jiff::{SignedDuration, Timestamp};
use store::proof_runs::NewRun;
use store::proof_schedule::Candidate;
use tokio_util::sync::CancellationToken;

use crate::Broker;

/// So many owners are read at a time.
const PAGE: u32 = 1_000;
/// So many are queued in one round, those first that have waited longest.
const MOST: usize = 1_000;

/// Queues until `stopping` is cancelled, if proofs are scheduled at all.
pub(crate) async fn plan(broker: Broker, stopping: CancellationToken) {
    let Some(every) = broker.0.parts.options.proofs_every else { return };
    loop {
        match broker.queue_what_is_due(every).await {
            Ok(0) => {}
            Ok(_) => broker.wake_proof_runs(),
            Err(error) => tracing::warn!(%error, "proofs could not be scheduled; it is tried again"),
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(round(every)) => {}
        }
    }
}

/// How often it is looked: often enough to keep the moments apart, and no more.
fn round(every: Duration) -> Duration {
    (every / 20).clamp(Duration::from_secs(15), Duration::from_secs(300))
}

impl Broker {
    async fn queue_what_is_due(&self, every: Duration) -> Result<usize> {
        let (here, every) = (self.now(), SignedDuration::try_from(every).map_err(Error::internal)?);
        let now = self.store().read(move |tx| Box::pin(store::proof_runs::clock(tx, here))).await?;
        let mut due = Vec::new();
        for integrations in [true, false] {
            let mut after = None;
            loop {
                let page = self.candidates(integrations, after.take()).await?;
                after = page.last().map(|last| last.owner.id());
                due.extend(page.into_iter().filter_map(|found| {
                    let turn = turn(&found.owner.id(), found.since, every)?;
                    (turn <= now).then_some((turn, found))
                }));
                if after.is_none() {
                    break;
                }
            }
        }
        due.sort_by_key(|(turn, _)| *turn);
        due.truncate(MOST);
        if due.is_empty() {
            return Ok(0);
        }
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut queued = 0_usize;
                    for (turn, found) in due {
                        let planned = store::proof_runs::plan(tx, &new(turn, found), now).await?;
                        queued = queued.saturating_add(usize::from(planned));
                    }
                    Ok(queued)
                })
            })
            .await
    }

    async fn candidates(&self, integrations: bool, after: Option<String>) -> Result<Vec<Candidate>> {
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    match integrations {
                        true => store::proof_schedule::integrations(tx, after, PAGE).await,
                        false => store::proof_schedule::datasources(tx, after, PAGE).await,
                    }
                })
            })
            .await
    }
}

fn new(turn: Timestamp, found: Candidate) -> NewRun {
    NewRun {
        project: found.project,
        owner: found.owner,
        name: found.name,
        method: found.method,
        mode: found.mode,
        cause: RunCause::Schedule,
        requested_by: None,
        due_at: turn,
    }
}

/// The next moment of this owner: the first that is at least half an interval after it was last looked at, so
/// that what was just proven is not proven again at once.
fn turn(id: &str, since: Timestamp, every: SignedDuration) -> Option<Timestamp> {
    let every = every.as_micros();
    let earliest = i128::from(since.as_microsecond()).checked_add(every / 2)?;
    let moment = i128::from(spread(id)).rem_euclid(every);
    let behind = (earliest.checked_sub(moment)?).rem_euclid(every);
    let turn = if behind == 0 { earliest } else { earliest.checked_add(every)?.checked_sub(behind)? };
    Timestamp::from_microsecond(i64::try_from(turn).ok()?).ok()
}

/// A number that is the same on every server and in every version: FNV-1a, 64 bits.
fn spread(id: &str) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.write(id.as_bytes());
    hash.finish()
}

struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use domain::id::IntegrationId;

    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn turns_come_once_an_interval_and_not_right_after_a_proof() {
        let first = turn("one", at(0), DAY).unwrap();
        let wait = first.duration_since(at(0));
        assert!(wait >= DAY / 2 && wait <= DAY / 2 + DAY, "{wait:?}");
        // A run may begin late; its next turn is a day after the last, not after its end.
        for late in [0, 1, 3_600, 40_000] {
            let since = first.saturating_add(SignedDuration::from_secs(late)).unwrap();
            assert_eq!(turn("one", since, DAY).unwrap().duration_since(first), DAY, "{late}");
        }
        assert_eq!(turn("one", at(1), DAY), Some(first), "the same for whoever looks");
    }

    #[test]
    fn ten_thousand_are_spread_over_the_interval() {
        let mut hours = [0_usize; 24];
        for _ in 0..10_000 {
            let turn = turn(&IntegrationId::new().to_string(), at(0), DAY).unwrap();
            let hour = turn.duration_since(at(0) + DAY / 2).as_hours();
            hours[usize::try_from(hour).unwrap().min(23)] += 1;
        }
        assert!(hours.iter().all(|count| (300..550).contains(count)), "{hours:?}");
    }

    #[test]
    fn it_is_looked_often_enough_for_the_interval() {
        assert_eq!(round(Duration::from_secs(300)).as_secs(), 15);
        assert_eq!(round(Duration::from_secs(86_400)).as_secs(), 300);
    }
}
