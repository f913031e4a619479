//! The audit logs: appending, reading, and what proofs are made from.
//!
//! A record is appended in the unit of work that it records, and its place in the log, the tree
//! over it and the record itself are kept together or not at all. Units of one log take turns;
//! logs do not wait for each other. So a unit appends last, and to the project's log before the
//! installation's: units that lock in one order never wait for each other in a circle. Records are
//! never changed; personal data beside them may be erased.

use std::collections::BTreeMap;
use std::fmt;

use audit_log::{Frontier, Hash, Node, NodeSource, leaf_hash};
use domain::audit::Outcome;
use domain::id::{PrincipalId, ProjectId};
use domain::page::{Page, PageAsk};
use domain::{Error, Result};
use jiff::Timestamp;

use crate::engine::{after, page, word};
use crate::{Engine, Query, Row, StoreError, Tx, args};

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Log {
    /// That of the installation.
    Installation,
    /// That of a project, which it outlives.
    Project(ProjectId),
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str("installation"),
            Self::Project(id) => id.fmt(f),
        }
    }
}

/// A record that is about to be appended, and what it can be found by.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// When it happened.
    pub time: Timestamp,
    /// `noun.verb`.
    pub action: String,
    /// Who acted, if it is known.
    pub principal: Option<PrincipalId>,
    /// How it ended.
    pub outcome: Outcome,
    /// The JSON that is the leaf of the tree, byte for byte.
    pub record: String,
    /// Personal data, whose hash is in the record.
    pub private: Option<String>,
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its place in the log, from 0 on.
    pub seq: u64,
    /// The JSON that is the leaf of the tree, byte for byte.
    pub record: String,
    /// Personal data, unless it was erased.
    pub private: Option<String>,
}

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many records it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Which records to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this action.
    pub action: Option<String>,
    /// By him.
    pub principal: Option<PrincipalId>,
    /// At that time or later.
    pub since: Option<Timestamp>,
    /// Before that time.
    pub until: Option<Timestamp>,
}

/// Nodes of a tree that were fetched for one proof.
#[derive(Debug, Clone, Default)]
pub struct Nodes(BTreeMap<(u8, u64), Hash>);

impl NodeSource for Nodes {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.0.get(&(level, index)).copied()
    }
}

/// Appends the record that `build` makes when it is told its place; returns the place.
///
/// # Errors
/// What `build` returns; `internal` if the log is corrupted.
pub async fn append(tx: &mut Tx, log: Log, build: impl FnOnce(u64) -> Result<NewRecord> + Send) -> Result<u64> {
    let mut frontier = lock(tx, log).await?;
    let seq = frontier.size();
    let new = build(seq)?;
    let nodes = frontier.append(leaf_hash(new.record.as_bytes()));
    tx.execute(
        "INSERT INTO audit_records (log, seq, time, action, principal, outcome, record, private)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            log.to_string(),
            int(seq)?,
            new.time,
            new.action,
            new.principal,
            word(&new.outcome)?,
            new.record,
            new.private
        ],
    )
    .await?;
    keep(tx, log, &nodes).await?;
    tx.execute(
        "UPDATE audit_logs SET size = $1, frontier = $2, root = $3 WHERE log = $4",
        args![int(frontier.size())?, frontier.to_bytes(), frontier.root(), log.to_string()],
    )
    .await?;
    Ok(seq)
}

/// Two nodes at a time: an append makes two on average, and each statement costs a way to the database.
async fn keep(tx: &mut Tx, log: Log, nodes: &[Node]) -> Result<()> {
    for pair in nodes.chunks(2) {
        let mut args = args![log.to_string()];
        for node in pair {
            args.extend(args![node.level, int(node.index)?, node.hash]);
        }
        let sql = match pair {
            [_] => "INSERT INTO audit_nodes (log, level, idx, hash) VALUES ($1, $2, $3, $4)",
            _ => "INSERT INTO audit_nodes (log, level, idx, hash) VALUES ($1, $2, $3, $4), ($1, $5, $6, $7)",
        };
        tx.execute(sql, args).await?;
    }
    Ok(())
}

/// The right edge of a log, which nobody else appends to before this unit ends.
async fn lock(tx: &mut Tx, log: Log) -> Result<Frontier> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT size, frontier FROM audit_logs WHERE log = $1",
        Engine::Postgres => "SELECT size, frontier FROM audit_logs WHERE log = $1 FOR UPDATE",
    };
    let row = match tx.fetch_optional(sql, args![log.to_string()]).await? {
        Some(row) => row,
        None => {
            let empty = Frontier::new();
            tx.execute(
                "INSERT INTO audit_logs (log, size, frontier, root) VALUES ($1, 0, $2, $3) ON CONFLICT (log) DO NOTHING",
                args![log.to_string(), empty.to_bytes(), empty.root()],
            )
            .await?;
            tx.fetch_one(sql, args![log.to_string()]).await?
        }
    };
    let frontier = Frontier::from_bytes(row.get_blob("frontier")?).map_err(Error::internal)?;
    if frontier.size() != row.get_count::<u64>("size")? {
        return Err(StoreError::corrupt("size", "is not that of the tree").into());
    }
    Ok(frontier)
}

/// The state of a log, if anything was ever written to it.
///
/// # Errors
/// Those of the database.
pub async fn head(tx: &mut Tx, log: Log) -> Result<Option<Head>> {
    let row = tx.fetch_optional("SELECT size, root FROM audit_logs WHERE log = $1", args![log.to_string()]).await?;
    row.map(|row| Ok(Head { size: row.get_count("size")?, root: hash(&row, "root")? })).transpose()
}

/// Records in the order of the log.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn list(tx: &mut Tx, log: Log, filter: &AuditFilter, ask: &PageAsk) -> Result<Page<StoredRecord>> {
    let after = after::<u64>(ask)?.map(int).transpose()?;
    let query = Query::new("SELECT seq, record, private FROM audit_records WHERE log = $1", args![log.to_string()])
        .and_opt("action =", filter.action.as_deref())
        .and_opt("principal =", filter.principal)
        .and_opt("time >=", filter.since)
        .and_opt("time <", filter.until)
        .and_opt("seq >", after)
        .text(" ORDER BY seq")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |record: &StoredRecord| record.seq.to_string(), read)
}

/// One record.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, log: Log, seq: u64) -> Result<Option<StoredRecord>> {
    let sql = "SELECT seq, record, private FROM audit_records WHERE log = $1 AND seq = $2";
    tx.fetch_optional(sql, args![log.to_string(), int(seq)?]).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<StoredRecord> {
    Ok(StoredRecord {
        seq: row.get_count("seq")?,
        record: row.get_text("record")?.to_owned(),
        private: row.get_opt_text("private")?.map(str::to_owned),
    })
}

/// The nodes that a proof needs, as `audit_log::inclusion_nodes` or `consistency_nodes` name them.
///
/// # Errors
/// Those of the database.
pub async fn nodes(tx: &mut Tx, log: Log, wanted: &[(u8, u64)]) -> Result<Nodes> {
    let mut found = BTreeMap::new();
    for (level, index) in wanted.iter().copied() {
        let sql = "SELECT hash FROM audit_nodes WHERE log = $1 AND level = $2 AND idx = $3";
        if let Some(row) = tx.fetch_optional(sql, args![log.to_string(), level, int(index)?]).await? {
            found.insert((level, index), hash(&row, "hash")?);
        }
    }
    Ok(Nodes(found))
}

/// Keeps a signed checkpoint, unless there is one of that size.
///
/// # Errors
/// `conflict` if the log is not there.
pub async fn save_checkpoint(tx: &mut Tx, log: Log, size: u64, text: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_checkpoints (log, size, text) VALUES ($1, $2, $3) ON CONFLICT (log, size) DO NOTHING",
        args![log.to_string(), int(size)?, text],
    )
    .await?;
    Ok(())
}

/// The checkpoint of a size, if one was signed.
///
/// # Errors
/// Those of the database.
pub async fn checkpoint(tx: &mut Tx, log: Log, size: u64) -> Result<Option<String>> {
    let sql = "SELECT text FROM audit_checkpoints WHERE log = $1 AND size = $2";
    let row = tx.fetch_optional(sql, args![log.to_string(), int(size)?]).await?;
    Ok(row.map(|row| row.get_text("text").map(str::to_owned)).transpose()?)
}

/// Erases the personal data beside all records of a principal, in every log; tells of how many. The
/// records stay, and their proofs hold.
///
/// # Errors
/// Those of the database.
pub async fn erase_private(tx: &mut Tx, principal: PrincipalId) -> Result<u64> {
    let sql = "UPDATE audit_records SET private = NULL WHERE principal = $1 AND private IS NOT NULL";
    Ok(tx.execute(sql, args![principal]).await?)
}

fn hash(row: &Row, column: &'static str) -> Result<Hash, StoreError> {
    row.get_blob(column)?.try_into().map_err(|_| StoreError::corrupt(column, "is not 32 bytes long"))
}

fn int(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::invalid("/after", "no log is that long"))
}
