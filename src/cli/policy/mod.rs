//! `tidegate policy`: tools for the clouds' policies. All but making one for a project need neither a server nor a
//! sign-in.

mod files;
mod lint;
mod simulate;

use clap::Subcommand;

use super::failure::Failure;
use super::integration::setup::{self, SetupArgs};
use super::remote::Remote;
use super::terminal::Terminal;

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Make the narrowest policies for what is needed, for a method or an integration: the same as `integration setup`
    Generate(SetupArgs),
    /// What needs no server
    #[command(flatten)]
    Offline(OfflineCommand),
}

/// What can be done with policies by themselves.
#[derive(Debug, Subcommand)]
pub(crate) enum OfflineCommand {
    /// Find what is wrong with a policy, and mend what can be mended
    Lint(lint::LintArgs),
    /// Say whether policies together allow a request, and by which statements
    Simulate(simulate::SimulateArgs),
}

pub(super) fn run(command: &OfflineCommand, terminal: Terminal) -> Result<(), Failure> {
    match command {
        OfflineCommand::Lint(args) => lint::run(args, terminal),
        OfflineCommand::Simulate(args) => simulate::run(args, terminal),
    }
}

pub(super) async fn generate(args: &SetupArgs, remote: &Remote) -> Result<(), Failure> {
    setup::run(args, remote).await
}
