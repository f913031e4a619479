//! Verifying a log where it is kept: records against the tree over them, and the tree against what was signed.
//!
//! It reads a bounded number of records in small pieces, so that nobody waits for it. Of a longer log the
//! newest records are verified: the stored edge of the tree before them stands for the rest, and the root that
//! follows from both is the signed one only if neither was altered.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use audit_log::{
    Checkpoint, Frontier, Hash, Node, PublicKey, check_record, consistency_nodes, consistency_proof, leaf_hash,
    verify_consistency,
};
use domain::page::PageAsk;
use domain::principal::Caller;
use domain::{Error, Result};
use jiff::Timestamp;
use store::Store;
use store::audit::{AuditFilter, Head, StoredRecord};

use super::{AuditScope, Log, origin};
use crate::Broker;

/// The most records of one verification.
const MOST: u64 = 200_000;
/// So many are read at a time.
const PIECE: u32 = 1_000;
/// It breaks off after so long, and says so.
const LONGEST: Duration = Duration::from_secs(20);
/// So many problems are named.
const NAMED: usize = 20;

/// What verifying a log has found.
#[derive(Debug, Clone)]
pub struct AuditVerdict {
    /// How many records the log has.
    pub size: u64,
    /// The first record that was verified.
    pub first: u64,
    /// How many were verified.
    pub records: u64,
    /// The whole log was verified, and not only its newest part.
    pub whole: bool,
    /// The root over the log that follows from what was read, in hexadecimal digits; none if it broke off.
    pub root: Option<String>,
    /// Whether that is the root that is kept and, as far as it was signed, the signed one; none if it broke off.
    pub root_ok: Option<bool>,
    /// How many records the newest signed checkpoint covers; none if none was ever signed.
    pub checkpoint_size: Option<u64>,
    /// Whether its signature is right.
    pub signature_ok: Option<bool>,
    /// How many records name personal data that was erased.
    pub erased: u64,
    /// What is wrong; the first twenty.
    pub problems: Vec<AuditProblem>,
    /// When it was verified.
    pub verified_at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

impl AuditVerdict {
    /// Whether everything that was looked at is as it was written.
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && self.root_ok == Some(true) && self.signature_ok != Some(false)
    }
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditProblem {
    /// The record, if it is one.
    pub seq: Option<u64>,
    /// One sentence.
    pub what: String,
}

/// What was signed, as far as it can be relied on.
struct Signed {
    size: u64,
    root: Hash,
}

/// A verification under way.
struct Verification {
    store: Store,
    log: Log,
    origin: String,
    head: Head,
    first: u64,
    frontier: Frontier,
    signed: Option<Signed>,
    root_ok: bool,
    erased: u64,
    problems: Vec<AuditProblem>,
}

impl Broker {
    /// Verifies the newest records of a log, 200,000 at most and as many if not asked for fewer.
    ///
    /// Whoever asks while it goes on shares the next one, so that it costs the same however many ask.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn verify_audit(&self, caller: &Caller, scope: &AuditScope, limit: Option<u64>) -> Result<AuditVerdict> {
        let log = self.open_log(caller, scope).await?.log;
        self.0.reading.verdicts.get((log, limit), || self.verify_log(log, limit)).await
    }

    async fn verify_log(&self, log: Log, limit: Option<u64>) -> Result<AuditVerdict> {
        let began = Instant::now();
        let read = self.store().read(move |tx| {
            Box::pin(async move {
                Ok((store::audit::head(tx, log).await?, store::audit::newest_checkpoint(tx, log).await?))
            })
        });
        let (head, checkpoint) = read.await?;
        let head = head.unwrap_or(Head { size: 0, root: audit_log::empty_root() });
        let first = head.size.saturating_sub(limit.unwrap_or(MOST).clamp(1, MOST));
        let mut verification = Verification {
            store: self.store().clone(),
            log,
            origin: origin(&self.installation(), log),
            head,
            first,
            frontier: Frontier::new(),
            signed: None,
            root_ok: true,
            erased: 0,
            problems: Vec::new(),
        };
        let checkpoint_size = checkpoint.as_ref().map(|(size, _)| *size);
        let signature_ok = checkpoint.map(|(_, text)| verification.open(&text, self.log_key(log)?.public_key()));
        let signature_ok = signature_ok.transpose()?;
        let finished = verification.begin().await? && verification.run(began).await?;
        Ok(verification.verdict(finished, checkpoint_size, signature_ok, self.now(), began.elapsed()))
    }
}

impl Verification {
    fn say(&mut self, seq: Option<u64>, what: impl Into<String>) {
        if self.problems.len() < NAMED {
            self.problems.push(AuditProblem { seq, what: what.into() });
        }
    }

    fn root_is_wrong(&mut self, what: impl Into<String>) {
        self.root_ok = false;
        self.say(None, what);
    }

    /// Whether the checkpoint is signed by the key of the log.
    fn open(&mut self, text: &str, key: &PublicKey) -> Result<bool> {
        match Checkpoint::open(text, key) {
            Ok(Checkpoint { size, root, .. }) => {
                if size > self.head.size {
                    let left = self.head.size;
                    self.root_is_wrong(format!("a checkpoint was signed over {size} records, and {left} are left"));
                } else {
                    self.signed = Some(Signed { size, root });
                }
                Ok(true)
            }
            Err(error) => {
                self.say(None, error.to_string());
                Ok(false)
            }
        }
    }

    /// Takes the edge before the first record from the store; false where it is not there.
    async fn begin(&mut self) -> Result<bool> {
        let (log, first) = (self.log, self.first);
        let nodes = self
            .store
            .read(move |tx| Box::pin(async move { store::audit::nodes(tx, log, &Frontier::nodes_at(first)).await }))
            .await?;
        match Frontier::at(first, &nodes) {
            Some(frontier) => self.frontier = frontier,
            None => {
                self.say(None, format!("nodes of the tree over the records before {first} are missing"));
                return Ok(false);
            }
        }
        match self.signed.take() {
            Some(signed) if signed.size < first => self.hold_before(signed).await?,
            signed => self.signed = signed,
        }
        self.hold_against_signed();
        Ok(true)
    }

    /// A checkpoint of a log that was shorter than where this begins: that log must be its beginning.
    async fn hold_before(&mut self, signed: Signed) -> Result<()> {
        let (log, first) = (self.log, self.first);
        let wanted = consistency_nodes(signed.size, first);
        let nodes =
            self.store.read(move |tx| Box::pin(async move { store::audit::nodes(tx, log, &wanted).await })).await?;
        let proof = consistency_proof(signed.size, first, &nodes).unwrap_or_default();
        if !verify_consistency(signed.size, &signed.root, first, &self.frontier.root(), &proof) {
            self.root_is_wrong(format!("the first {} records are not those that were signed", signed.size));
        }
        Ok(())
    }

    /// Reads to the end; false where it took too long, or something is missing that it cannot go on without.
    async fn run(&mut self, began: Instant) -> Result<bool> {
        while self.frontier.size() < self.head.size {
            if began.elapsed() > LONGEST {
                return Ok(false);
            }
            let from = self.frontier.size();
            let to = self.head.size.min(from.saturating_add(u64::from(PIECE)));
            let (log, ask) = (self.log, piece(from, to)?);
            let read = self.store.read(move |tx| {
                Box::pin(async move {
                    let records = store::audit::list(tx, log, &AuditFilter::default(), &ask).await?.items;
                    let (mut nodes, mut level) = (HashMap::new(), 0_u8);
                    while from >> level < to >> level {
                        for (index, hash) in store::audit::level(tx, log, level, from >> level, to >> level).await? {
                            nodes.insert((level, index), hash);
                        }
                        level = level.saturating_add(1);
                    }
                    Ok((records, nodes))
                })
            });
            let (records, nodes) = read.await?;
            if !self.piece(from..to, records, &nodes) {
                return Ok(false);
            }
        }
        if self.frontier.root() != self.head.root {
            self.root_is_wrong("the root that is kept with the log is not that of its records");
        }
        Ok(true)
    }

    fn piece(
        &mut self,
        places: std::ops::Range<u64>,
        records: Vec<StoredRecord>,
        nodes: &HashMap<(u8, u64), Hash>,
    ) -> bool {
        let mut records: HashMap<_, _> = records.into_iter().map(|record| (record.seq, record)).collect();
        for seq in places {
            let kept = nodes.get(&(0, seq)).copied();
            let found = records.remove(&seq).map(|record| self.record(&record));
            let leaf = match (found, kept) {
                (Some(leaf), Some(kept)) if leaf != kept => {
                    self.say(Some(seq), "the record was edited: it does not fit its hash in the tree");
                    kept
                }
                (Some(leaf), Some(_)) => leaf,
                (Some(leaf), None) => {
                    self.say(Some(seq), "its hash in the tree is missing");
                    leaf
                }
                // What was there is known by its hash, so the others can still be verified.
                (None, Some(kept)) => {
                    self.say(Some(seq), "the record is missing: it was deleted");
                    kept
                }
                (None, None) => {
                    self.say(Some(seq), "the record and its hash are missing: it was deleted");
                    return false;
                }
            };
            for node in self.frontier.append(leaf).iter().filter(|node| node.level > 0) {
                self.node(node, nodes);
            }
            self.hold_against_signed();
        }
        true
    }

    fn record(&mut self, record: &StoredRecord) -> Hash {
        match check_record(&record.record, record.private.as_deref(), &self.origin, record.seq) {
            Ok(erased) => self.erased += u64::from(erased),
            Err(error) => self.say(Some(record.seq), error.to_string()),
        }
        leaf_hash(record.record.as_bytes())
    }

    fn node(&mut self, node: &Node, nodes: &HashMap<(u8, u64), Hash>) {
        if nodes.get(&(node.level, node.index)) != Some(&node.hash) {
            let from = node.index << node.level;
            let to = from.saturating_add(1 << node.level).saturating_sub(1);
            self.say(None, format!("the hash over the records {from} to {to} is missing or was edited"));
        }
    }

    fn hold_against_signed(&mut self) {
        let reached = |signed: &Signed| signed.size == self.frontier.size();
        if self.signed.as_ref().is_some_and(reached)
            && let Some(signed) = self.signed.take()
            && signed.root != self.frontier.root()
        {
            let size = signed.size;
            self.root_is_wrong(format!(
                "the first {size} records are not those that were signed: at least one was changed, and the hashes \
                 were recomputed"
            ));
        }
    }

    fn verdict(
        self,
        finished: bool,
        checkpoint_size: Option<u64>,
        signature_ok: Option<bool>,
        verified_at: Timestamp,
        took: Duration,
    ) -> AuditVerdict {
        AuditVerdict {
            size: self.head.size,
            first: self.first,
            records: self.frontier.size().saturating_sub(self.first),
            whole: finished && self.first == 0,
            root: finished.then(|| hex::encode(self.frontier.root())),
            root_ok: (finished || !self.root_ok).then_some(self.root_ok),
            checkpoint_size,
            signature_ok,
            erased: self.erased,
            problems: self.problems,
            verified_at,
            took,
        }
    }
}

fn piece(from: u64, to: u64) -> Result<PageAsk> {
    let limit = u32::try_from(to.saturating_sub(from)).map_err(Error::internal)?;
    Ok(PageAsk { after: from.checked_sub(1).map(|last| last.to_string()), limit })
}
