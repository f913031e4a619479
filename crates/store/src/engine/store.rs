//! The store: where it is, opening it, and units of work.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use futures::future::BoxFuture;
use sqlx::postgres::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::sqlite::Sqlite;
use super::tx::Arm;
use super::writer::{contained, submit};
use super::{Engine, StoreError, Tx, postgres, sqlite};

/// Where the data is.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// A file; its folder exists.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A database that goes away with the store: for tests and the demo. It is the embedded
    /// database in a temporary folder, without waiting for the disk.
    SqliteMemory,
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: SecretBytes,
    },
}

/// The store. Cloning it is cheap.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Database,
    tasks: TaskTracker,
    closing: CancellationToken,
}

enum Database {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// What the writer of the embedded database has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Units of work.
    pub units: u64,
    /// Commits that they shared.
    pub commits: u64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a store, making it if it is empty, and brings its schema up to date.
    ///
    /// # Errors
    /// `audit_unavailable` if it cannot be reached, `conflict` if a newer program wrote it.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        let database = match config {
            StoreConfig::Sqlite { path } => sqlite::open(path, &tasks, closing.clone()).await.map(Database::Sqlite),
            StoreConfig::SqliteMemory => sqlite::open_temporary(&tasks, closing.clone()).await.map(Database::Sqlite),
            StoreConfig::Postgres { url } => postgres::open(url).await.map(Database::Postgres),
        }
        .map_err(not_opened)?;
        tasks.close();
        Ok(Self(Arc::new(Inner { database, tasks, closing })))
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match self.0.database {
            Database::Sqlite(_) => Engine::Sqlite,
            Database::Postgres(_) => Engine::Postgres,
        }
    }

    /// Does one unit of work: all of it is durable when this returns, or nothing of it is kept.
    ///
    /// Inside, wait for nothing but the [`Tx`]: others wait behind it. On the embedded database the
    /// work is finished even if the caller goes away.
    ///
    /// # Errors
    /// What the work returns; `audit_unavailable` if it could not be made durable.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.refuse_when_closed()?;
        match &self.0.database {
            Database::Sqlite(sqlite) => submit(&sqlite.queue, work).await,
            Database::Postgres(pool) => postgres::write(pool, work).await,
        }
    }

    /// Reads in one consistent state, without waiting for writers.
    ///
    /// # Errors
    /// What the work returns; `audit_unavailable` if the database does not answer.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send,
    {
        let mut tx = self.snapshot().await?;
        contained(work, &mut tx).await
    }

    /// A transaction that sees one consistent state and changes nothing; dropping it ends it.
    ///
    /// # Errors
    /// `audit_unavailable` if the database does not answer.
    pub async fn snapshot(&self) -> Result<Tx> {
        self.refuse_when_closed()?;
        match &self.0.database {
            Database::Sqlite(sqlite) => {
                let transaction = sqlite.readers.begin().await.map_err(StoreError::from)?;
                Ok(Tx::new(Arm::Sqlite(transaction)))
            }
            Database::Postgres(pool) => Ok(postgres::snapshot(pool).await?),
        }
    }

    /// What the writer has done, where there is one.
    pub fn statistics(&self) -> Option<Statistics> {
        match &self.0.database {
            Database::Sqlite(sqlite) => Some(Statistics {
                units: sqlite.counters.units.load(Ordering::Relaxed),
                commits: sqlite.counters.commits.load(Ordering::Relaxed),
            }),
            Database::Postgres(_) => None,
        }
    }

    /// The file of the embedded database.
    pub(crate) fn file(&self) -> Option<&std::path::Path> {
        match &self.0.database {
            Database::Sqlite(sqlite) => Some(&sqlite.path),
            Database::Postgres(_) => None,
        }
    }

    /// Finishes what is queued, refuses what comes later, and lets the database go.
    pub async fn close(&self) {
        self.0.closing.cancel();
        match &self.0.database {
            Database::Sqlite(sqlite) => sqlite.readers.close().await,
            Database::Postgres(pool) => pool.close().await,
        }
        self.0.tasks.wait().await;
    }

    fn refuse_when_closed(&self) -> Result<(), StoreError> {
        if self.0.closing.is_cancelled() { Err(StoreError::Closed) } else { Ok(()) }
    }
}

/// Whoever opens a store is its operator, so he is told what the database says.
fn not_opened(error: StoreError) -> Error {
    match error {
        StoreError::NewerSchema { .. } => error.into(),
        other => Error::new(ErrorKind::AuditUnavailable, format!("the store cannot be opened: {other}"))
            .with_hint(
                "Check [store] and data_dir in the configuration, and that the database may be read and written.",
            )
            .with_source(other),
    }
}
