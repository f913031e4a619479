//! The database server: a pool, and a transaction for each unit of work.
//!
//! Units do not wait for each other here; the server joins their commits itself.

use std::str::FromStr as _;
use std::time::Duration;

use domain::secret::SecretBytes;
use futures::future::BoxFuture;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::tx::Arm;
use super::writer::contained;
use super::{StoreError, Tx, migrate};

const CONNECTIONS: u32 = 16;
const ACQUIRE: Duration = Duration::from_secs(10);
/// A unit of work takes milliseconds. One that takes this long hangs on a connection that is no more, and must
/// not keep its caller and its place in the pool.
const UNIT: Duration = Duration::from_secs(60);
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// A node that lost its power in the middle of a unit must not keep the locks of that unit for the hours that
/// TCP takes to find out. No unit of work waits for anything but the database, so none is idle for long.
const IDLE_IN_UNIT: &str = "SET idle_in_transaction_session_timeout = '60s'";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Connects and brings the schema up to date.
pub(super) async fn open(url: &SecretBytes) -> Result<PgPool, StoreError> {
    // The driver's own complaint may repeat the URL, which holds a password.
    let options = url.expose_str().and_then(|url| PgConnectOptions::from_str(url).ok());
    let options = options.ok_or_else(|| {
        StoreError::Unavailable(
            "the URL of the store is not of the form postgres://user:password@host:port/database".into(),
        )
    })?;
    let options = options.application_name("tidegate").disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::Executor::execute(connection, IDLE_IN_UNIT).await.map(drop) })
        })
        .connect_with(options)
        .await?;
    let mut tx = begin(&pool, WRITE).await?;
    migrate::postgres(&mut tx).await?;
    commit(tx).await?;
    Ok(pool)
}

/// Runs a unit in a transaction of its own.
pub(super) async fn write<T, F>(pool: &PgPool, work: F) -> domain::Result<T>
where
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, domain::Result<T>>,
{
    let unit = async {
        let mut tx = begin(pool, WRITE).await?;
        // An error drops the transaction, which undoes it.
        let outcome = contained(work, &mut tx).await?;
        commit(tx).await?;
        Ok(outcome)
    };
    let silent = || StoreError::Unavailable("the database did not answer within a minute".into());
    tokio::time::timeout(UNIT, unit).await.unwrap_or_else(|_| Err(silent().into()))
}

/// A transaction that sees one state and changes nothing.
pub(super) async fn snapshot(pool: &PgPool) -> Result<Tx, StoreError> {
    begin(pool, READ).await
}

/// Connections are not tested when they are taken, so a restarted server leaves some that are
/// dead; each fails at once and is replaced.
async fn begin(pool: &PgPool, statement: &'static str) -> Result<Tx, StoreError> {
    let mut attempts = 0;
    loop {
        match pool.begin_with(statement).await {
            Ok(transaction) => return Ok(Tx::new(Arm::Postgres(transaction))),
            Err(error) if attempts < CONNECTIONS && is_dead(&error) => attempts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // admin_shutdown, crash_shutdown: said on a connection that outlived its server.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}

async fn commit(tx: Tx) -> Result<(), StoreError> {
    match tx.arm {
        Arm::Postgres(transaction) => transaction.commit().await.map_err(StoreError::from),
        Arm::Writer(_) | Arm::Sqlite(_) => Ok(()),
    }
}
