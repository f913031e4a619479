//! `tidegate policy`: tools for the clouds' policies, which need neither a server nor a sign-in.

mod files;
mod lint;
mod simulate;

use clap::Subcommand;

use super::failure::Failure;
use super::terminal::Terminal;

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Find what is wrong with a policy, and mend what can be mended
    Lint(lint::LintArgs),
    /// Say whether policies together allow a request, and by which statements
    Simulate(simulate::SimulateArgs),
}

pub(super) fn run(command: &PolicyCommand, terminal: Terminal) -> Result<(), Failure> {
    match command {
        PolicyCommand::Lint(args) => lint::run(args, terminal),
        PolicyCommand::Simulate(args) => simulate::run(args, terminal),
    }
}
