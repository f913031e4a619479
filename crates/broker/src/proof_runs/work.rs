//! Taking runs from the queue, as many as there is room for.

use domain::{Error, Result};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use store::Engine;
use store::proof_runs::StoredRun;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::places::{Place, Places};
use super::{LEASE, POLL};
use crate::Broker;

/// Works until `stopping` is cancelled; then what goes on cleans up and goes back to the queue.
pub(crate) async fn work(broker: Broker, stopping: CancellationToken) {
    if let Err(error) = broker.end_claims_of_the_dead().await {
        tracing::warn!(%error, "proofs that a server had left could not be looked after; they wait for their claims to end");
    }
    let mut worker = Worker { broker, stopping, places: Places::default(), running: FuturesUnordered::new() };
    while !worker.stopping.is_cancelled() {
        if let Err(error) = worker.fill().await {
            tracing::warn!(%error, "queued proofs could not be looked after; it is tried again");
        }
        worker.wait().await;
    }
    while worker.running.next().await.is_some() {}
}

struct Worker {
    broker: Broker,
    stopping: CancellationToken,
    places: Places,
    running: FuturesUnordered<futures::future::BoxFuture<'static, Place>>,
}

impl Worker {
    /// Takes what there is room for: of the projects that have the fewest going first.
    async fn fill(&mut self) -> Result<()> {
        for asked in [true, false] {
            let mut share = 1;
            while self.places.free(asked) > 0 {
                if self.take_some(asked, share).await? {
                    share = 1;
                } else if share > self.places.largest_share() {
                    break;
                } else {
                    share += 1;
                }
            }
        }
        Ok(())
    }

    /// Takes runs of projects that have fewer going than `share`; tells whether there were any.
    async fn take_some(&mut self, asked: bool, share: usize) -> Result<bool> {
        let mut taken = false;
        for seen in self.broker.due_runs(asked, share, &self.places).await? {
            let place = Place { project: seen.what.project, method: seen.what.method.clone(), asked };
            if self.places.share(place.project) >= share || !self.places.has_room(&place) {
                continue;
            }
            // Somebody may have been faster.
            if let Some(run) = self.broker.claim_run(seen).await? {
                self.begin(run, place);
                taken = true;
            }
        }
        Ok(taken)
    }

    fn begin(&mut self, run: StoredRun, place: Place) {
        self.places.take(place.clone());
        let (broker, stopping) = (self.broker.clone(), self.stopping.clone());
        // A task of its own, so that one that breaks takes nothing with it.
        let task: JoinHandle<()> = self.broker.0.parts.tasks.spawn(async move { broker.execute(run, stopping).await });
        self.running.push(Box::pin(async move {
            if let Err(error) = task.await {
                tracing::error!(%error, "a proof broke off");
            }
            place
        }));
    }

    /// Waits until there may be something to take.
    async fn wait(&mut self) {
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = self.broker.0.proof_runs.wake.notified() => {}
            Some(place) = self.running.next() => self.places.leave(&place),
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Broker {
    /// The embedded database belongs to one server: what is claimed when it starts, nobody is at any more.
    async fn end_claims_of_the_dead(&self) -> Result<()> {
        if self.store().engine() != Engine::Sqlite {
            return Ok(());
        }
        let now = self.now();
        self.store().write(move |tx| Box::pin(store::proof_runs::end_claims(tx, now))).await.map(drop)
    }

    async fn due_runs(&self, asked: bool, share: usize, places: &Places) -> Result<Vec<StoredRun>> {
        let Ok(free @ 1..) = u32::try_from(places.free(asked)) else { return Ok(Vec::new()) };
        let (here, full) = (self.now(), places.full(asked, share));
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let now = store::proof_runs::clock(tx, here).await?;
                    store::proof_runs::due(tx, now, asked, &full, free).await
                })
            })
            .await
    }

    async fn claim_run(&self, seen: StoredRun) -> Result<Option<StoredRun>> {
        let (here, node) = (self.now(), self.0.proof_runs.node.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let now = store::proof_runs::clock(tx, here).await?;
                    let until = now.saturating_add(LEASE).map_err(Error::internal)?;
                    store::proof_runs::claim(tx, &seen, &node, now, until).await
                })
            })
            .await
    }
}
