//! What was done, refused and handed out, in logs that cannot be altered unseen.
//!
//! One log for each project and one for the installation. A record is appended in the transaction of
//! what it records; where it cannot be written, nothing is handed out.

mod checkpoint;
mod export;
mod proof;
mod read;
mod record;
mod verify;

pub use proof::{AuditProof, ProofOf};
pub(crate) use read::shown;
pub use read::{AuditActor, AuditFilter, AuditRecord, AuditScope};
pub(crate) use record::{Log, append, event, origin, unavailable};
pub use verify::{AuditProblem, AuditVerdict};
