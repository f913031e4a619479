//! What comes out of a statement.
//!
//! A row is read whole and is then independent of its connection. A column that is missing or
//! holds something else than asked for is a corrupted store, and is said so, naming the column.

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::StoreError;

/// One row of an answer.
#[derive(Debug)]
pub struct Row {
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

/// One field of a row.
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Cell {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "a number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

impl Row {
    pub(crate) fn new(columns: Arc<[String]>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    fn cell(&self, column: &'static str) -> Result<&Cell, StoreError> {
        let position = self.columns.iter().position(|name| name == column);
        position.and_then(|at| self.cells.get(at)).ok_or_else(|| StoreError::corrupt(column, "is missing"))
    }

    /// A whole number.
    pub fn get_i64(&self, column: &'static str) -> Result<i64, StoreError> {
        self.get_opt_i64(column)?.ok_or_else(|| StoreError::corrupt(column, "is null"))
    }

    /// A whole number, or nothing.
    pub fn get_opt_i64(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.cell(column)? {
            Cell::Int(value) => Ok(Some(*value)),
            Cell::Null => Ok(None),
            other => Err(StoreError::corrupt(column, format!("holds {} in place of a number", other.kind()))),
        }
    }

    /// Text.
    pub fn get_text(&self, column: &'static str) -> Result<&str, StoreError> {
        self.get_opt_text(column)?.ok_or_else(|| StoreError::corrupt(column, "is null"))
    }

    /// Text, or nothing.
    pub fn get_opt_text(&self, column: &'static str) -> Result<Option<&str>, StoreError> {
        match self.cell(column)? {
            Cell::Text(value) => Ok(Some(value)),
            Cell::Null => Ok(None),
            other => Err(StoreError::corrupt(column, format!("holds {} in place of text", other.kind()))),
        }
    }

    /// Bytes.
    pub fn get_blob(&self, column: &'static str) -> Result<&[u8], StoreError> {
        self.get_opt_blob(column)?.ok_or_else(|| StoreError::corrupt(column, "is null"))
    }

    /// Bytes, or nothing.
    pub fn get_opt_blob(&self, column: &'static str) -> Result<Option<&[u8]>, StoreError> {
        match self.cell(column)? {
            Cell::Blob(value) => Ok(Some(value)),
            Cell::Null => Ok(None),
            other => Err(StoreError::corrupt(column, format!("holds {} in place of bytes", other.kind()))),
        }
    }

    /// A flag.
    pub fn get_bool(&self, column: &'static str) -> Result<bool, StoreError> {
        match self.get_i64(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(StoreError::corrupt(column, "is neither 0 nor 1")),
        }
    }

    /// A number that is never negative.
    pub fn get_count<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.get_i64(column)?).map_err(|_| StoreError::corrupt(column, "is out of range"))
    }

    /// A time.
    pub fn get_time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get_opt_time(column)?.ok_or_else(|| StoreError::corrupt(column, "is null"))
    }

    /// A time, or nothing.
    pub fn get_opt_time(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let time = self.get_opt_i64(column)?.map(Timestamp::from_microsecond).transpose();
        time.map_err(|_| StoreError::corrupt(column, "is not a time"))
    }

    /// Something that is written as text: an id, a name.
    pub fn get<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.get_text(column)?.parse().map_err(|_| StoreError::corrupt(column, "does not follow its grammar"))
    }

    /// Something that is written as text, or nothing.
    pub fn get_opt<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let value = self.get_opt_text(column)?.map(str::parse).transpose();
        value.map_err(|_| StoreError::corrupt(column, "does not follow its grammar"))
    }

    /// A value of a closed set, written as its word.
    pub fn get_word<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let word = StrDeserializer::<WordError>::new(self.get_text(column)?);
        T::deserialize(word).map_err(|_| StoreError::corrupt(column, "is a word that is not known"))
    }

    /// A document.
    pub fn get_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get_text(column)?)
            .map_err(|_| StoreError::corrupt(column, "is not the document it was"))
    }

    /// A document, or nothing.
    pub fn get_opt_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        self.get_opt_text(column)?.map(|_| self.get_json(column)).transpose()
    }
}
