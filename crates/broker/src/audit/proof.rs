//! Proofs that a record is in a log, and that a log has only grown.

use audit_log::{consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof, leaf_hash};
use domain::principal::Caller;
use domain::{Error, Result};
use serde::Serialize;
use store::Tx;

use super::{AuditScope, Log};
use crate::Broker;

/// What is to be proven.
#[derive(Debug, Clone, Copy)]
pub enum ProofOf {
    /// That the record at this index is in the log of this size.
    Inclusion {
        /// The record.
        index: u64,
        /// The size; that of the log now if not given.
        size: Option<u64>,
    },
    /// That the log of one size is the beginning of that of another.
    Consistency {
        /// The smaller size.
        from: u64,
        /// The larger size; that of the log now if not given.
        to: Option<u64>,
    },
}

/// A proof as of RFC 9162, to be held against checkpoints.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditProof {
    /// The record, in a proof of inclusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// Its leaf hash, in a proof of inclusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// The smaller size, in a proof of consistency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The size of the log that it is for.
    pub size: u64,
    /// The hashes, in the order of the RFC, as hexadecimal digits.
    pub hashes: Vec<String>,
}

impl Broker {
    /// Proves something about a log.
    ///
    /// # Errors
    /// `invalid` for a size or index outside the log.
    pub async fn audit_proof(&self, caller: &Caller, scope: &AuditScope, of: ProofOf) -> Result<AuditProof> {
        let log = self.open_log(caller, scope).await?.log;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let now = store::audit::head(tx, log).await?.map(|head| head.size).unwrap_or_default();
                    match of {
                        ProofOf::Inclusion { index, size } => {
                            inclusion(tx, log, index, within(size, now, "/size")?).await
                        }
                        ProofOf::Consistency { from, to } => consistency(tx, log, from, within(to, now, "/to")?).await,
                    }
                })
            })
            .await
    }
}

fn within(asked: Option<u64>, now: u64, pointer: &str) -> Result<u64> {
    match asked {
        Some(size) if size > now => Err(Error::invalid(pointer, format!("the log has {now} records"))),
        Some(size) => Ok(size),
        None => Ok(now),
    }
}

async fn inclusion(tx: &mut Tx, log: Log, index: u64, size: u64) -> Result<AuditProof> {
    if index >= size {
        return Err(Error::invalid("/index", format!("records of a log of {size} are counted from 0 to below {size}")));
    }
    let record = store::audit::get(tx, log, index).await?;
    let record = record.ok_or_else(|| Error::internal("a record of the log is missing"))?;
    let nodes = store::audit::nodes(tx, log, &inclusion_nodes(index, size)).await?;
    let hashes = inclusion_proof(index, size, &nodes).ok_or_else(|| Error::internal("a node of the log is missing"))?;
    Ok(AuditProof {
        index: Some(index),
        leaf: Some(hex::encode(leaf_hash(record.record.as_bytes()))),
        from: None,
        size,
        hashes: hashes.iter().map(hex::encode).collect(),
    })
}

async fn consistency(tx: &mut Tx, log: Log, from: u64, to: u64) -> Result<AuditProof> {
    if from > to {
        return Err(Error::invalid("/from", format!("a log of {to} records did not begin as one of {from}")));
    }
    let nodes = store::audit::nodes(tx, log, &consistency_nodes(from, to)).await?;
    let hashes = consistency_proof(from, to, &nodes).ok_or_else(|| Error::internal("a node of the log is missing"))?;
    Ok(AuditProof {
        index: None,
        leaf: None,
        from: Some(from),
        size: to,
        hashes: hashes.iter().map(hex::encode).collect(),
    })
}
