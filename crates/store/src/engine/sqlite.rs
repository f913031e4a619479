//! The embedded database: one writer, four readers, one file.
//!
//! A commit is on the disk before anybody is told (`synchronous=FULL` on a write-ahead log), and
//! readers see a state between two commits without waiting for the writer. The file is readable by
//! its owner only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::tx::Arm;
use super::writer::{Counters, QUEUE, Unit, Writer};
use super::{StoreError, Tx, migrate};

const READERS: u32 = 4;
/// How long to wait for another process that has the file, for example `backup` or an offline reset.
const BUSY: Duration = Duration::from_secs(5);
/// Every statement of this crate stays prepared.
const STATEMENTS: usize = 256;

pub(super) struct Sqlite {
    pub(super) queue: mpsc::Sender<Box<dyn Unit>>,
    pub(super) readers: SqlitePool,
    pub(super) counters: Arc<Counters>,
    pub(super) path: PathBuf,
    /// Removed with the store.
    _folder: Option<TempDir>,
}

/// Opens the file, making it if there is none.
pub(super) async fn open(path: &Path, tasks: &TaskTracker, closing: CancellationToken) -> Result<Sqlite, StoreError> {
    make_private(path)?;
    start(path, SqliteSynchronous::Full, None, tasks, closing).await
}

/// Opens a database that goes away with the store and never waits for the disk.
pub(super) async fn open_temporary(tasks: &TaskTracker, closing: CancellationToken) -> Result<Sqlite, StoreError> {
    let folder = tempfile::tempdir().map_err(unusable)?;
    let path = folder.path().join("store.db");
    make_private(&path)?;
    start(&path, SqliteSynchronous::Off, Some(folder), tasks, closing).await
}

async fn start(
    path: &Path,
    synchronous: SqliteSynchronous,
    folder: Option<TempDir>,
    tasks: &TaskTracker,
    closing: CancellationToken,
) -> Result<Sqlite, StoreError> {
    let options = options(path).journal_mode(SqliteJournalMode::Wal).synchronous(synchronous);
    let mut tx = Tx::new(Arm::Writer(options.connect().await?));
    migrate::sqlite(&mut tx).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone().pragma("query_only", "ON"));
    let (queue, receiver) = mpsc::channel(QUEUE);
    let counters = Arc::new(Counters::default());
    let writer = Writer { options, tx: Some(tx), queue: receiver, counters: Arc::clone(&counters), closing };
    spawn(writer, tasks)?;
    Ok(Sqlite { queue, readers, counters, path: path.to_owned(), _folder: folder })
}

/// Runs the writer on a thread of its own: on those of the requests each of its statements would wait
/// for its turn among them.
fn spawn(writer: Writer, tasks: &TaskTracker) -> Result<(), StoreError> {
    let (runtime, running) = (Handle::current(), tasks.token());
    let work = move || {
        let _running = running;
        runtime.block_on(writer.run());
    };
    std::thread::Builder::new().name("store-writer".to_owned()).spawn(work).map(drop).map_err(unusable)
}

/// How every connection to the file is made.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging()
}

/// SQLite gives its side files the mode of the file, so it is set before SQLite sees it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(unusable)
}

fn unusable(error: std::io::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
