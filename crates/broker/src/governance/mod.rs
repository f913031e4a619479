//! The installation as its administrator answers for it: how everything is set up, in all projects.
//!
//! What always holds: he sees facts of the configuration and what proofs found, and neither settings,
//! secrets nor anything of the data; those he sees as a member of the project alone.

mod list;
mod numbers;

pub use list::{GovernanceQuery, GovernedIntegration, GovernedSecret, TooWide};
pub use numbers::Governance;

use domain::audit::Target;

fn installation() -> Target {
    Target::named("installation", "integrations")
}
