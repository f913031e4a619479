//! What a database may answer in place of rows.
//!
//! The driver's own error never leaves here: its details can repeat the values of a row. What is
//! kept is the code, the message and, for uniqueness, which constraint, named the same on both
//! engines: `<table>_<column>_<column>`.

use std::sync::Arc;

use domain::{Error, ErrorKind};

/// Why a statement, a unit of work or the opening of a store failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another row has the same key.
    #[error("another row has the same {constraint}")]
    Unique {
        /// `<table>_<column>_<column>`, or the name of the unique index.
        constraint: String,
    },
    /// A row that is referred to is missing, or one that is still referred to was to be removed.
    #[error("a reference between rows does not allow this")]
    Reference,
    /// The disk, or the quota of the database, is full.
    #[error("the disk of the store is full")]
    Full,
    /// Another transaction is in the way; the same may succeed later.
    #[error("another transaction is in the way")]
    Busy,
    /// The database cannot be reached or cannot write.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// A row does not hold what it should.
    #[error("column {column} {why}")]
    Corrupt {
        /// Which column.
        column: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The store was written by a newer program.
    #[error("the schema of the store is version {found}, this program knows {known}")]
    NewerSchema {
        /// What the store has.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The commit that several units shared did not succeed; none of them is kept.
    #[error("the commit failed: {0}")]
    CommitFailed(Arc<StoreError>),
    /// A statement of this unit failed before, so nothing of it can be kept.
    #[error("a statement of this unit of work failed before")]
    UnitFailed,
    /// The unit of work panicked.
    #[error("the unit of work panicked")]
    Panicked,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else that the database says.
    #[error("database error {code}: {message}")]
    Database {
        /// SQLSTATE, or SQLite's extended result code.
        code: String,
        /// In its own words.
        message: String,
    },
}

impl StoreError {
    pub(crate) fn corrupt(column: &'static str, why: impl Into<String>) -> Self {
        Self::Corrupt { column, why: why.into() }
    }

    /// Whether this is the violation of that uniqueness.
    pub fn is_unique(&self, name: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint == name)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => database(error.as_ref()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

fn database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    use sqlx::error::ErrorKind as Sql;
    let code = error.code().unwrap_or_default().into_owned();
    match (error.kind(), code.as_str()) {
        (Sql::UniqueViolation, _) => {
            let named = error.constraint().map(str::to_owned);
            StoreError::Unique { constraint: named.unwrap_or_else(|| sqlite_constraint(error.message())) }
        }
        (Sql::ForeignKeyViolation, _) => StoreError::Reference,
        // SQLSTATE classes: https://www.postgresql.org/docs/15/errcodes-appendix.html
        (_, "40001" | "40P01" | "55P03") => StoreError::Busy,
        (_, "53100") => StoreError::Full,
        (_, state) if state.len() == 5 && ["08", "53", "57", "58"].iter().any(|class| state.starts_with(class)) => {
            StoreError::Unavailable(error.message().to_owned())
        }
        // The low byte is SQLite's primary code: https://www.sqlite.org/rescode.html
        (_, number) if number.len() < 5 => match number.parse::<u32>().unwrap_or_default() & 0xff {
            5 | 6 => StoreError::Busy,
            13 => StoreError::Full,
            8 | 10 | 14 => StoreError::Unavailable(error.message().to_owned()),
            _ => StoreError::Database { message: error.message().to_owned(), code },
        },
        _ => StoreError::Database { message: error.message().to_owned(), code },
    }
}

/// SQLite names columns: `UNIQUE constraint failed: projects.name`, `...: members.project, members.principal`.
fn sqlite_constraint(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let mut name = String::new();
    for column in columns.split(", ") {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if name.is_empty() {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unique { .. } => Self::new(ErrorKind::Conflict, "another object has the same key"),
            StoreError::Reference => Self::new(ErrorKind::Conflict, "another object still refers to this one, or is gone"),
            StoreError::Busy => Self::new(ErrorKind::Conflict, "another change to the same objects was in the way")
                .with_hint("Nothing was changed. Try again.")
                .with_retryable(true),
            StoreError::Full => unavailable("its disk is full").with_hint("Make room on the disk of the store."),
            StoreError::Unavailable(_) => unavailable("its database does not answer"),
            StoreError::Closed => unavailable("it is being closed"),
            StoreError::CommitFailed(cause) => unavailable(match cause.as_ref() {
                StoreError::Full => "its disk is full",
                _ => "what was to be written could not be made durable",
            }),
            StoreError::NewerSchema { found, known } => Self::new(
                ErrorKind::Conflict,
                format!("the store was written by a newer Tidegate: its schema is version {found}, this program knows {known}"),
            )
            .with_hint("Start the newer program again, or restore a backup that was made before the upgrade."),
            StoreError::Corrupt { .. } | StoreError::UnitFailed | StoreError::Panicked | StoreError::Database { .. } => {
                return Self::internal(error);
            }
        }
        .with_source(error)
    }
}

fn unavailable(why: &str) -> Error {
    Error::new(ErrorKind::AuditUnavailable, format!("the store cannot be used now: {why}; nothing was changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_columns_become_the_name_of_the_constraint() {
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: projects.name"), "projects_name");
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: a_b.c, a_b.d_e"), "a_b_c_d_e");
    }

    #[test]
    fn a_full_disk_is_retryable_and_says_so() {
        let error = Error::from(StoreError::CommitFailed(Arc::new(StoreError::Full)));
        assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
        assert!(error.retryable());
        assert!(error.message().contains("disk is full"));
    }
}
