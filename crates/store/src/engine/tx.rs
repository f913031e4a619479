//! The hand that a unit of work has on the database.
//!
//! After a statement has failed every further one is refused, on both engines: PostgreSQL does so
//! by itself, and SQLite may have undone the whole transaction without a word.
//!
//! Each way to the embedded database wakes the thread of its connection and is woken by it, which costs
//! more than most statements. So statements whose outcome nobody needs wait for the next one that is
//! needed; nothing is kept before all of them have been run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Poll;

use audit_log::Frontier;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, Either, Executor as _, PgConnection, Postgres, Row as _, SqlSafeStr as _, SqlStr,
    Sqlite,
};
use sqlx::{TypeInfo as _, ValueRef as _};

use super::joined::Joined;
use super::row::Cell;
use super::{Query, Row, StoreError, Value};

/// How often the writer looks for an answer before it sleeps. It has a thread of its own to do so.
const LOOKS: u32 = 100;

/// Which database it is, for the few statements that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// A transaction, or a part of one that is undone by itself.
///
/// It is finished by whoever made it, never by the unit of work.
pub struct Tx {
    pub(crate) arm: Arm,
    failure: Option<StoreError>,
    /// Begins the unit; goes ahead of its first statement.
    opening: Option<&'static str>,
    deferred: Joined,
    edges: BTreeMap<String, Frontier>,
}

pub(crate) enum Arm {
    Writer(SqliteConnection),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("engine", &self.engine()).field("failure", &self.failure).finish_non_exhaustive()
    }
}

impl Tx {
    pub(crate) fn new(arm: Arm) -> Self {
        Self { arm, failure: None, opening: None, deferred: Joined::default(), edges: BTreeMap::new() }
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match self.arm {
            Arm::Writer(_) | Arm::Sqlite(_) => Engine::Sqlite,
            Arm::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction, of which nothing is known yet, with the next statement.
    pub(crate) fn begin(&mut self, opening: &'static str) {
        drop(self.give_up());
        self.opening = Some(opening);
    }

    /// Begins the next part with the next statement. A part that ran none is gone on with.
    pub(crate) fn go_on(&mut self, opening: &'static str) {
        self.opening.get_or_insert(opening);
    }

    /// Forgets what waits and what was learnt in a part that is to be undone; statements are accepted
    /// again. Gives the first failure.
    pub(crate) fn give_up(&mut self) -> Option<StoreError> {
        self.deferred.clear();
        self.edges.clear();
        self.failure.take()
    }

    pub(crate) fn failed(&self) -> bool {
        self.failure.is_some()
    }

    /// The right edge of a log that this transaction has locked or written, to be put back with
    /// [`Self::put_edge`] when it was written again.
    pub(crate) fn take_edge(&mut self, log: &str) -> Option<Frontier> {
        self.edges.remove(log)
    }

    /// Remembers what was written, so that it is not read again.
    pub(crate) fn put_edge(&mut self, log: String, edge: Frontier) {
        self.edges.insert(log, edge);
    }

    /// Queues a statement whose outcome nobody needs. On the embedded database it is run with the next
    /// one, or at the end of the unit, and if it fails, that fails; on a server it is run now.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn defer(&mut self, sql: &'static str, args: Vec<Value>) -> Result<(), StoreError> {
        if let Arm::Postgres(_) = self.arm {
            return self.execute(sql, args).await.map(drop);
        }
        self.refuse_after_failure()?;
        self.deferred.push(sql, args);
        Ok(())
    }

    /// Runs what still waits.
    pub(crate) async fn settle(&mut self) -> Result<(), StoreError> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        let (sql, args) = std::mem::take(&mut self.deferred).into_parts();
        // Deferred statements are fixed texts, numbered anew.
        self.run(AssertSqlSafe(sql).into_sql_str(), args).await.map(drop)
    }

    /// Runs a statement and tells how many rows it touched.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> Result<u64, StoreError> {
        self.run(sql.into_sql_str(), args).await
    }

    /// Every row of the answer.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn fetch_all(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.rows(sql.into_sql_str(), args).await
    }

    /// The first row of the answer, if there is one.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn fetch_optional(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch_all(sql, args).await?.into_iter().next())
    }

    /// The first row of an answer that always has one.
    ///
    /// # Errors
    /// Whatever the database says; `Corrupt` if there is no row.
    pub async fn fetch_one(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Row, StoreError> {
        self.fetch_optional(sql, args).await?.ok_or_else(|| StoreError::corrupt("*", "has no row"))
    }

    /// Every row of the answer to a statement that was put together.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn fetch_query(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        let (sql, args) = query.into_parts();
        // A Query is made of fixed fragments and numbered placeholders only.
        self.rows(AssertSqlSafe(sql).into_sql_str(), args).await
    }

    /// Runs several statements without arguments.
    pub(crate) async fn script(&mut self, sql: String) -> Result<(), StoreError> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut self.arm {
            Arm::Writer(connection) => sql.execute(connection).await.map(drop),
            Arm::Sqlite(tx) => sql.execute(&mut **tx).await.map(drop),
            Arm::Postgres(tx) => sql.execute(&mut **tx).await.map(drop),
        }
        .map_err(StoreError::from)
    }

    /// The statement with all that goes ahead of it.
    fn joined(&mut self, sql: SqlStr, args: Vec<Value>) -> (SqlStr, Vec<Value>) {
        if self.opening.is_none() && self.deferred.is_empty() {
            return (sql, args);
        }
        let mut all = Joined::default();
        if let Some(opening) = self.opening.take() {
            all.push(opening, Vec::new());
        }
        if !self.deferred.is_empty() {
            let (sql, args) = std::mem::take(&mut self.deferred).into_parts();
            all.push(&sql, args);
        }
        all.push(sql.as_str(), args);
        let (sql, args) = all.into_parts();
        // All of them were taken as fixed texts, and are only numbered anew.
        (AssertSqlSafe(sql).into_sql_str(), args)
    }

    async fn run(&mut self, sql: SqlStr, args: Vec<Value>) -> Result<u64, StoreError> {
        self.refuse_after_failure()?;
        let (sql, args) = self.joined(sql, args);
        let result = match &mut self.arm {
            Arm::Writer(connection) => sqlite_answer(connection, LOOKS, sql, args).await.map(|(touched, _)| touched),
            Arm::Sqlite(tx) => sqlite_answer(tx, 0, sql, args).await.map(|(touched, _)| touched),
            Arm::Postgres(tx) => {
                tx.execute(postgres(sql, args)).await.map(|done| done.rows_affected()).map_err(StoreError::from)
            }
        };
        self.failure = result.as_ref().err().cloned();
        result
    }

    async fn rows(&mut self, sql: SqlStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.refuse_after_failure()?;
        let (sql, args) = self.joined(sql, args);
        let result = match &mut self.arm {
            Arm::Writer(connection) => sqlite_answer(connection, LOOKS, sql, args).await.map(|(_, rows)| rows),
            Arm::Sqlite(tx) => sqlite_answer(tx, 0, sql, args).await.map(|(_, rows)| rows),
            Arm::Postgres(tx) => postgres_rows(tx, sql, args).await,
        };
        self.failure = result.as_ref().err().cloned();
        result
    }

    fn refuse_after_failure(&self) -> Result<(), StoreError> {
        if self.failed() { Err(StoreError::UnitFailed) } else { Ok(()) }
    }
}

macro_rules! bind {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $args {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::OptInt(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::OptText(value) => query.bind(value),
                Value::Blob(value) => query.bind(value),
                Value::OptBlob(value) => query.bind(value),
            };
        }
        query
    }};
}

fn sqlite(sql: SqlStr, args: Vec<Value>) -> sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments> {
    bind!(sql, args)
}

fn postgres(sql: SqlStr, args: Vec<Value>) -> sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments> {
    bind!(sql, args)
}

/// How many rows the last of the statements touched, and the rows that any of them gave.
async fn sqlite_answer(
    connection: &mut SqliteConnection,
    looks: u32,
    sql: SqlStr,
    args: Vec<Value>,
) -> Result<(u64, Vec<Row>), StoreError> {
    let mut steps = connection.fetch_many(sqlite(sql, args));
    let (mut touched, mut names, mut rows) = (0, None, Vec::new());
    while let Some(step) = soon(&mut steps, looks).await? {
        match step {
            Either::Left(done) => touched = done.rows_affected(),
            Either::Right(row) => rows.push(read(&row, &mut names, sqlite_cell)?),
        }
    }
    Ok((touched, rows))
}

/// The next of what the thread of a connection says. It says something after each statement, and to be
/// woken every time costs more than to look a few times whether it has.
async fn soon<T>(steps: &mut BoxStream<'_, sqlx::Result<T>>, looks: u32) -> sqlx::Result<Option<T>> {
    for _ in 0..looks {
        if let Poll::Ready(step) = futures::poll!(steps.try_next()) {
            return step;
        }
        std::thread::yield_now();
    }
    steps.try_next().await
}

async fn postgres_rows(connection: &mut PgConnection, sql: SqlStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
    let mut stream = connection.fetch(postgres(sql, args));
    let (mut names, mut rows) = (None, Vec::new());
    while let Some(row) = stream.try_next().await? {
        rows.push(read(&row, &mut names, postgres_cell)?);
    }
    Ok(rows)
}

type ReadCell<R> = fn(&R, usize) -> Result<Cell, StoreError>;

fn read<R: sqlx::Row>(row: &R, names: &mut Option<Arc<[String]>>, cell: ReadCell<R>) -> Result<Row, StoreError> {
    let names = names.get_or_insert_with(|| row.columns().iter().map(|c| c.name().to_owned()).collect());
    let cells = (0..row.len()).map(|at| cell(row, at)).collect::<Result<_, _>>()?;
    Ok(Row::new(Arc::clone(names), cells))
}

fn sqlite_cell(row: &SqliteRow, at: usize) -> Result<Cell, StoreError> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Cell::Int(row.try_get(at)?),
        "TEXT" => Cell::Text(row.try_get(at)?),
        "BLOB" => Cell::Blob(row.try_get(at)?),
        _ => return Err(StoreError::corrupt("*", format!("has the unexpected type {kind}"))),
    })
}

fn postgres_cell(row: &PgRow, at: usize) -> Result<Cell, StoreError> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INT8" => Cell::Int(row.try_get(at)?),
        "INT4" => Cell::Int(row.try_get::<i32, _>(at)?.into()),
        "TEXT" => Cell::Text(row.try_get(at)?),
        "BYTEA" => Cell::Blob(row.try_get(at)?),
        _ => return Err(StoreError::corrupt("*", format!("has the unexpected type {kind}"))),
    })
}
