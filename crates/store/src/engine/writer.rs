//! The one writer of the embedded database.
//!
//! Everything that is queued while the writer is busy shares its next commit, so that waiting for
//! the disk costs once for all of them. What always holds: nobody is answered before the commit,
//! a unit that fails is undone alone, and a commit that fails has failed for every unit in it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Error, Result};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::tx::Arm;
use super::{StoreError, Tx};

/// How many units share a commit at most: a bound on how long the first of them waits.
const MAX_BATCH: usize = 128;
/// How many units wait before callers do.
pub(super) const QUEUE: usize = 1_024;

/// A unit of work in the queue, with its caller's own type of result erased.
pub(super) trait Unit: Send {
    /// Does the work; tells whether it is to be kept.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;
    /// Tells the caller, after the commit.
    fn answer(self: Box<Self>, commit: Option<StoreError>);
}

/// The only implementation: a closure, what came out of it, and who waits for it.
pub(super) struct Work<T, F> {
    pub(super) work: Option<F>,
    pub(super) outcome: Option<Result<T>>,
    pub(super) caller: oneshot::Sender<Result<T>>,
}

impl<T, F> Unit for Work<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let outcome = contained(work, tx).await;
            let keep = outcome.is_ok();
            self.outcome = Some(outcome);
            keep
        })
    }

    fn answer(self: Box<Self>, commit: Option<StoreError>) {
        let outcome = match (commit, self.outcome) {
            (Some(error), _) => Err(error.into()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(StoreError::Closed.into()),
        };
        // Who asked may have gone away; what was done stays done.
        drop(self.caller.send(outcome));
    }
}

/// Runs a closure so that neither a panic nor a swallowed failure gets past the unit.
pub(super) async fn contained<T, F>(work: F, tx: &mut Tx) -> Result<T>
where
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>>,
{
    let outcome = AssertUnwindSafe(async { work(tx).await }).catch_unwind().await;
    match outcome {
        Ok(Ok(_)) if tx.failed() => Err(StoreError::UnitFailed.into()),
        Ok(Ok(done)) => tx.settle().await.map(|()| done).map_err(Error::from),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(StoreError::Panicked.into()),
    }
}

/// What the writer has done so far.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) units: AtomicU64,
    pub(super) commits: AtomicU64,
}

pub(super) struct Writer {
    pub(super) options: SqliteConnectOptions,
    pub(super) tx: Option<Tx>,
    pub(super) queue: mpsc::Receiver<Box<dyn Unit>>,
    pub(super) counters: Arc<Counters>,
    pub(super) closing: CancellationToken,
}

impl Writer {
    /// The next unit; none when the store is closing and the queue is empty.
    async fn next(&mut self) -> Option<Box<dyn Unit>> {
        tokio::select! {
            biased;
            () = self.closing.cancelled(), if !self.queue.is_closed() => self.queue.close(),
            unit = self.queue.recv() => return unit,
        }
        self.queue.recv().await
    }

    /// Works until the store is closed and the queue is empty.
    pub(super) async fn run(mut self) {
        while let Some(first) = self.next().await {
            let mut batch = vec![first];
            let failure = self.batch(&mut batch).await.err();
            self.counters.units.fetch_add(batch.len() as u64, Ordering::Relaxed);
            match failure.map(Arc::new) {
                None => {
                    self.counters.commits.fetch_add(1, Ordering::Relaxed);
                    batch.into_iter().for_each(|unit| unit.answer(None));
                }
                Some(cause) => {
                    tracing::error!(error = %cause, units = batch.len(), "a commit of the store failed");
                    for unit in batch {
                        unit.answer(Some(StoreError::CommitFailed(Arc::clone(&cause))));
                    }
                }
            }
        }
        if let Some(Tx { arm: Arm::Writer(connection), .. }) = self.tx.take()
            && let Err(error) = sqlx::Connection::close(connection).await
        {
            tracing::warn!(%error, "the store was not closed cleanly; it will recover when it is opened");
        }
    }

    /// One transaction: the first unit, and all that come while it runs.
    async fn batch(&mut self, batch: &mut Vec<Box<dyn Unit>>) -> Result<(), StoreError> {
        let mut tx = match self.tx.take() {
            Some(tx) => tx,
            None => Tx::new(Arm::Writer(self.options.connect().await?)),
        };
        let result = work(&mut tx, batch, &mut self.queue).await;
        // A connection whose transaction cannot be ended is given up; the next batch opens another.
        if result.is_ok() || rollback(&mut tx).await {
            self.tx = Some(tx);
        }
        result
    }
}

async fn work(
    tx: &mut Tx,
    batch: &mut Vec<Box<dyn Unit>>,
    queue: &mut mpsc::Receiver<Box<dyn Unit>>,
) -> Result<(), StoreError> {
    tx.begin("BEGIN IMMEDIATE; SAVEPOINT unit");
    let mut done = 0;
    while let Some(unit) = batch.get_mut(done) {
        let keep = unit.run(tx).await;
        // Fails if SQLite has undone the whole transaction by itself; then nobody's work is kept.
        if !keep {
            let failure = tx.give_up();
            let undone = tx.execute("ROLLBACK TO unit", Vec::new()).await;
            undone.map_err(|error| failure.unwrap_or(error))?;
        }
        done += 1;
        if done == batch.len()
            && done < MAX_BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
            tx.go_on("RELEASE unit; SAVEPOINT unit");
        }
    }
    tx.execute("COMMIT", Vec::new()).await.map(drop)
}

/// Whether the connection is outside a transaction afterwards.
async fn rollback(tx: &mut Tx) -> bool {
    drop(tx.give_up());
    let ended = match tx.execute("ROLLBACK", Vec::new()).await {
        Ok(_) => true,
        Err(StoreError::Database { message, .. }) => message.contains("no transaction is active"),
        Err(_) => false,
    };
    drop(tx.give_up());
    ended
}

/// Puts a unit into the queue and waits until it is durable.
pub(super) async fn submit<T, F>(queue: &mpsc::Sender<Box<dyn Unit>>, work: F) -> Result<T>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    let unit = Box::new(Work { work: Some(work), outcome: None, caller });
    queue.send(unit).await.map_err(|_| Error::from(StoreError::Closed))?;
    answer.await.map_err(|_| Error::from(StoreError::Closed))?
}
