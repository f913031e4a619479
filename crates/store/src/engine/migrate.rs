//! Bringing the schema up to date, in one transaction, forward only.
//!
//! A migration is one text for both engines, so the two schemas cannot drift apart. It is written
//! in the words of SQLite; PostgreSQL reads it with five of them replaced, see [`for_postgres`].
//! A store that a newer program wrote is refused before anything is touched.

use super::value::Value;
use super::{StoreError, Tx};

/// The migrations, in order; the first is version 1. Never edited once released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_proof_runs.sql"),
    include_str!("../../migrations/0003_console.sql"),
    include_str!("../../migrations/0004_issuer_keys.sql"),
];
/// Any number that no other user of the same server takes.
const LOCK: i64 = 0x7469_6465_6761_7465;
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT;";

/// The newest schema that this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// For the writer's connection, before anybody else has it.
pub(super) async fn sqlite(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("BEGIN IMMEDIATE", Vec::new()).await?;
    run(tx, |text| text.to_owned()).await?;
    tx.execute("COMMIT", Vec::new()).await.map(drop)
}

/// Inside a transaction of its own; two nodes that start together take turns.
pub(super) async fn postgres(tx: &mut Tx) -> Result<(), StoreError> {
    tx.fetch_all("SELECT 1 AS one FROM pg_advisory_xact_lock($1)", vec![Value::Int(LOCK)]).await?;
    run(tx, for_postgres).await
}

async fn run(tx: &mut Tx, dialect: fn(&str) -> String) -> Result<(), StoreError> {
    tx.script(dialect(VERSIONS)).await?;
    let found = version(tx).await?;
    if found > KNOWN {
        return Err(StoreError::NewerSchema { found, known: KNOWN });
    }
    for (version, text) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        tx.script(dialect(text)).await?;
        tx.execute("INSERT INTO schema_version (version) VALUES ($1)", vec![Value::Int(version)]).await?;
        tracing::info!(version, "the schema of the store was brought up to date");
    }
    Ok(())
}

/// The version of the schema; 0 for an empty store.
pub(crate) async fn version(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = tx.fetch_one("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version", Vec::new()).await?;
    row.get_i64("version")
}

/// Text is compared byte by byte on both engines, so that pages have the same order everywhere.
fn for_postgres(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let rest = part.get(word.len()..).unwrap_or_default();
        out.push_str(match word {
            "INTEGER" => "BIGINT",
            "TEXT" => "TEXT COLLATE \"C\"",
            "BLOB" => "BYTEA",
            "STRICT" => "",
            "instr" => "strpos",
            other => other,
        });
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_replaced_for_postgres() {
        assert_eq!(
            for_postgres("CREATE TABLE t (a INTEGER, b TEXT,\n TEXT_c BLOB) STRICT;"),
            "CREATE TABLE t (a BIGINT, b TEXT COLLATE \"C\",\n TEXT_c BYTEA) ;"
        );
        assert_eq!(for_postgres("instr(instrument, 'x')"), "strpos(instrument, 'x')");
    }
}
