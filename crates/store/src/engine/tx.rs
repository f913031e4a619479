//! The hand that a unit of work has on the database.
//!
//! After a statement has failed every further one is refused, on both engines: PostgreSQL does so
//! by itself, and SQLite may have undone the whole transaction without a word.

use std::sync::Arc;

use futures::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, PgConnection, Postgres, Row as _, SqlSafeStr as _, SqlStr, Sqlite,
};
use sqlx::{TypeInfo as _, ValueRef as _};

use super::row::Cell;
use super::{Query, Row, StoreError, Value};

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
        Self { arm, failure: None }
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match self.arm {
            Arm::Writer(_) | Arm::Sqlite(_) => Engine::Sqlite,
            Arm::Postgres(_) => Engine::Postgres,
        }
    }

    /// The first failure of a statement since this was last asked; statements are accepted again.
    pub(crate) fn take_failure(&mut self) -> Option<StoreError> {
        self.failure.take()
    }

    pub(crate) fn failed(&self) -> bool {
        self.failure.is_some()
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

    async fn run(&mut self, sql: SqlStr, args: Vec<Value>) -> Result<u64, StoreError> {
        self.refuse_after_failure()?;
        let result = match &mut self.arm {
            Arm::Writer(connection) => connection.execute(sqlite(sql, args)).await.map(|done| done.rows_affected()),
            Arm::Sqlite(tx) => tx.execute(sqlite(sql, args)).await.map(|done| done.rows_affected()),
            Arm::Postgres(tx) => tx.execute(postgres(sql, args)).await.map(|done| done.rows_affected()),
        };
        let result = result.map_err(StoreError::from);
        self.failure = result.as_ref().err().cloned();
        result
    }

    async fn rows(&mut self, sql: SqlStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.refuse_after_failure()?;
        let result = match &mut self.arm {
            Arm::Writer(connection) => sqlite_rows(connection, sql, args).await,
            Arm::Sqlite(tx) => sqlite_rows(tx, sql, args).await,
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

macro_rules! rows {
    ($connection:expr, $query:expr, $cell:expr) => {{
        let mut stream = $connection.fetch($query);
        let mut names: Option<Arc<[String]>> = None;
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            let names = names.get_or_insert_with(|| row.columns().iter().map(|c| c.name().to_owned()).collect());
            let cells = (0..row.len()).map(|at| $cell(&row, at)).collect::<Result<_, _>>()?;
            rows.push(Row::new(Arc::clone(names), cells));
        }
        Ok(rows)
    }};
}

async fn sqlite_rows(connection: &mut SqliteConnection, sql: SqlStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
    rows!(connection, sqlite(sql, args), sqlite_cell)
}

async fn postgres_rows(connection: &mut PgConnection, sql: SqlStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
    rows!(connection, postgres(sql, args), postgres_cell)
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
