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
use jiff::{SignedDuration, Timestamp};

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
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// At that time or later.
    pub since: Option<Timestamp>,
    /// Before that time.
    pub until: Option<Timestamp>,
    /// From the end of the log to its beginning.
    pub newest_first: bool,
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
    let name = log.to_string();
    let mut frontier = match tx.take_edge(&name) {
        Some(edge) => edge,
        None => lock(tx, &name).await?,
    };
    let seq = frontier.size();
    let new = build(seq)?;
    let nodes = frontier.append(leaf_hash(new.record.as_bytes()));
    tx.defer(
        "INSERT INTO audit_records (log, seq, time, action, principal, outcome, record, private)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![&name, int(seq)?, new.time, new.action, new.principal, word(&new.outcome)?, new.record, new.private],
    )
    .await?;
    keep(tx, &name, &nodes).await?;
    // Waits for all of it, so that a record that cannot be kept is an error of this function.
    tx.execute(
        "UPDATE audit_logs SET size = $1, frontier = $2, root = $3 WHERE log = $4",
        args![int(frontier.size())?, frontier.to_bytes(), frontier.root(), &name],
    )
    .await?;
    tx.put_edge(name, frontier);
    Ok(seq)
}

/// Two nodes at a time: an append makes two on average, and each number of them is a statement of its own.
async fn keep(tx: &mut Tx, log: &str, nodes: &[Node]) -> Result<()> {
    for pair in nodes.chunks(2) {
        let mut args = args![log];
        for node in pair {
            args.extend(args![node.level, int(node.index)?, node.hash]);
        }
        let sql = match pair {
            [_] => "INSERT INTO audit_nodes (log, level, idx, hash) VALUES ($1, $2, $3, $4)",
            _ => "INSERT INTO audit_nodes (log, level, idx, hash) VALUES ($1, $2, $3, $4), ($1, $5, $6, $7)",
        };
        tx.defer(sql, args).await?;
    }
    Ok(())
}

/// The right edge of a log, which nobody else appends to before this unit ends.
async fn lock(tx: &mut Tx, log: &str) -> Result<Frontier> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT size, frontier FROM audit_logs WHERE log = $1",
        Engine::Postgres => "SELECT size, frontier FROM audit_logs WHERE log = $1 FOR UPDATE",
    };
    let row = match tx.fetch_optional(sql, args![log]).await? {
        Some(row) => row,
        None => {
            let empty = Frontier::new();
            tx.defer(
                "INSERT INTO audit_logs (log, size, frontier, root) VALUES ($1, 0, $2, $3) ON CONFLICT (log) DO NOTHING",
                args![log, empty.to_bytes(), empty.root()],
            )
            .await?;
            tx.fetch_one(sql, args![log]).await?
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

/// Records in the order of the log, or against it.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn list(tx: &mut Tx, log: Log, filter: &AuditFilter, ask: &PageAsk) -> Result<Page<StoredRecord>> {
    let after = after::<u64>(ask)?.map(int).transpose()?;
    let query = Query::new("SELECT seq, record, private FROM audit_records WHERE log = $1", args![log.to_string()]);
    let query = match filter.newest_first {
        true => within(tx, query, log, filter).await?.and_opt("seq <", after).text(" ORDER BY seq DESC"),
        false => within(tx, query, log, filter).await?.and_opt("seq >", after).text(" ORDER BY seq"),
    };
    let rows = tx.fetch_query(query.limit(ask.limit + 1)).await?;
    page(rows, ask, |record: &StoredRecord| record.seq.to_string(), read)
}

/// How many records the filter names; counting ends at `most`.
///
/// # Errors
/// Those of the database.
pub async fn count(tx: &mut Tx, log: Log, filter: &AuditFilter, most: u32) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS found FROM (SELECT 1 FROM audit_records WHERE log = $1";
    let query = within(tx, Query::new(sql, args![log.to_string()]), log, filter).await?.limit(most).text(") found");
    let rows = tx.fetch_query(query).await?;
    Ok(rows.first().map(|row| row.get_count("found")).transpose()?.unwrap_or_default())
}

/// Adds what the filter says.
///
/// Records are found by their place in the log, on whatever index names them otherwise, so their times are
/// turned into places first. That holds while no clock goes back by more than [`SLACK`].
async fn within(tx: &mut Tx, query: Query, log: Log, filter: &AuditFilter) -> Result<Query> {
    let before = match filter.since {
        Some(since) => {
            let sql = "SELECT seq FROM audit_records WHERE log = $1 AND time < $2 ORDER BY time DESC LIMIT 1";
            let row = tx.fetch_optional(sql, args![log.to_string(), earlier(since)]).await?;
            row.map(|row| row.get_i64("seq")).transpose()?
        }
        None => None,
    };
    let behind = match filter.until {
        Some(until) => {
            let sql = "SELECT seq FROM audit_records WHERE log = $1 AND time >= $2 ORDER BY time LIMIT 1";
            let row = tx.fetch_optional(sql, args![log.to_string(), later(until)]).await?;
            row.map(|row| row.get_i64("seq")).transpose()?
        }
        None => None,
    };
    let query = match filter.outcome {
        // In so many words, so that the index of these few is used.
        Some(Outcome::Refused) => query.text(" AND outcome = 'refused'"),
        Some(Outcome::Failed) => query.text(" AND outcome = 'failed'"),
        Some(Outcome::Done) => query.text(" AND outcome = 'done'"),
        None => query,
    };
    let query = by_whom_and_what(tx, query, log, filter).await?;
    Ok(query
        .and_opt("seq >", before)
        .and_opt("seq <", behind)
        // A sum is on no index: a time alone would lead away from the places.
        .and_opt("time + 0 >=", filter.since)
        .and_opt("time + 0 <", filter.until))
}

/// Adds who and what. PostgreSQL knows which of them names fewer records, SQLite has to be led: an expression
/// is on no index, so the walk is along the other one, which holds both.
async fn by_whom_and_what(tx: &mut Tx, query: Query, log: Log, filter: &AuditFilter) -> Result<Query> {
    let (action, principal) = (filter.action.as_deref(), filter.principal);
    let few = matches!(filter.outcome, Some(Outcome::Refused | Outcome::Failed));
    Ok(match (tx.engine(), action, principal) {
        (Engine::Sqlite, _, _) if few => {
            query.and_opt("principal || '' =", principal).and_opt("action || '' =", action)
        }
        (Engine::Sqlite, Some(action), Some(principal)) if is_rare(tx, log, action).await? => {
            query.and("principal || '' =", principal).and("action =", action)
        }
        (Engine::Sqlite, Some(action), Some(principal)) => {
            query.and("principal =", principal).and("action || '' =", action)
        }
        _ => query.and_opt("principal =", principal).and_opt("action =", action),
    })
}

/// Fewer records than these are looked at, one by one, in no time.
const RARE: u32 = 2_000;

async fn is_rare(tx: &mut Tx, log: Log, action: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) AS found FROM
               (SELECT 1 FROM audit_records WHERE log = $1 AND action = $2 LIMIT $3) found";
    let row = tx.fetch_one(sql, args![log.to_string(), action, RARE]).await?;
    Ok(row.get_count::<u32>("found")? < RARE)
}

/// So far a record may be from its neighbours in time: it is dated before it waits for its place.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

fn earlier(time: Timestamp) -> Timestamp {
    time.checked_sub(SLACK).unwrap_or(Timestamp::MIN)
}

fn later(time: Timestamp) -> Timestamp {
    time.checked_add(SLACK).unwrap_or(Timestamp::MAX)
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

/// Every node of a level from one index up to, and not with, another; in order.
///
/// # Errors
/// Those of the database.
pub async fn level(tx: &mut Tx, log: Log, level: u8, from: u64, to: u64) -> Result<Vec<(u64, Hash)>> {
    let sql = "SELECT idx, hash FROM audit_nodes WHERE log = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx";
    let rows = tx.fetch_all(sql, args![log.to_string(), level, int(from)?, int(to)?]).await?;
    rows.iter().map(|row| Ok((row.get_count("idx")?, hash(row, "hash")?))).collect()
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

/// The largest size that a checkpoint was signed for and kept, and that checkpoint.
///
/// # Errors
/// Those of the database.
pub async fn newest_checkpoint(tx: &mut Tx, log: Log) -> Result<Option<(u64, String)>> {
    let sql = "SELECT size, text FROM audit_checkpoints WHERE log = $1 ORDER BY size DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![log.to_string()]).await?;
    row.map(|row| Ok((row.get_count("size")?, row.get_text("text")?.to_owned()))).transpose()
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
