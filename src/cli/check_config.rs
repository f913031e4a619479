//! `tidegate check-config`: says that a configuration is valid and what follows from it.

use std::process::ExitCode;

use super::failure::Failure;
use super::server_side::ConfigArgs;
use super::show;
use crate::config::Environment;

/// Prints the effective values without secrets, or all mistakes.
pub(super) fn run(args: &ConfigArgs, env: &Environment) -> Result<(), Result<Failure, ExitCode>> {
    let config = args.load(env).map_err(Err)?;
    show::unchanged(format!("configuration is valid\n\n{}", config.show()).as_bytes()).map_err(Ok)
}
