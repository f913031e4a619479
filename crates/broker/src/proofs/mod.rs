//! Proving that a connection can do what it must and nothing more.
//!
//! One orchestrator for all providers: it holds the order, what depends on what, the time limits, the
//! clean-up and the rule of what is inconclusive. Providers supply primitives and the meaning of an
//! answer. What always holds: every check is reported once; a timeout is never a pass; a negative check
//! passes only on the provider's explicit refusal; nothing is written outside `<prefix>.tidegate/`.

mod connection;
mod content;
mod excess;
mod handing;
mod history;
mod keep;
mod leftovers;
mod outcome;
mod owner;
mod prover;
mod report;
mod run;
mod scope;
mod trust;
mod verdict;

pub use history::{KeptProof, ProofWithPrevious};
pub(crate) use keep::keep;
pub(crate) use outcome::Outcome;
pub use owner::Proven;
pub(crate) use prover::Prover;
pub use report::Observer;
pub(crate) use report::Report;
pub use run::Silent;
pub(crate) use run::{ProofAsk, ProofPlace, Run, run};
pub use verdict::{Created, LastProof};
pub(crate) use verdict::{not_passed, stored};
