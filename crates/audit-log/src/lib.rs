//! The audit log as a Merkle tree, and the verifier that needs nothing but files.
//!
//! Whoever holds an old checkpoint can tell whether the log was edited since: every record is a
//! leaf, every checkpoint signs the root over all leaves so far. What always holds:
//!
//! - Hashing, proofs and checkpoints follow RFC 9162 and the C2SP forms byte for byte, so that
//!   other implementations can verify. The format is written down in `docs/audit-format.md`.
//! - Verifying reads one line at a time and keeps the right edge of the tree; an export may be
//!   larger than memory.
//! - Nothing here does I/O of its own, knows a clock or a database.

mod base;
mod checkpoint;
mod export;
mod frontier;
mod hash;
mod key;
mod note;
mod proof;
mod prove;
mod record;
mod verifier;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use export::{ExportLine, MAX_LINE, private_hash};
pub use frontier::{Frontier, FrontierError, Node};
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use key::{KeyError, PublicKey, SigningKey};
pub use proof::{verify_consistency, verify_inclusion};
pub use prove::{NodeSource, consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof};
pub use record::{RecordError, check_record};
pub use verifier::{Verified, VerifyError, verify_export};
