//! Tools for policies that somebody pastes: nothing is stored, nothing is asked of anybody, and nothing of the
//! installation goes in.

mod examine;
mod simulate;

pub use cloud_policy::lint::{Finding, Kind as PolicyKind, Report as PolicyReport, Severity};
pub use cloud_policy::read::MAX_BYTES as LONGEST_POLICY;
pub use cloud_policy::simulate::{Attached, Outcome as PolicyOutcome};
pub use simulate::{AskedPolicy, Deciding, PolicyCloud, SimulateAsk, Simulated};
