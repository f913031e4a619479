//! `tidegate completions` and the manual pages: both follow from the definition of the command line.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, ValueEnum};

use super::Cli;
use super::failure::Failure;
use super::show;

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The shells that are supported.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
}

/// Where the manual pages go.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// An existing folder
    folder: PathBuf,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    // Into memory first: the generator panics if the other end of a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tidegate", &mut script);
    show::unchanged(&script)
}

pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::local("output", format!("the manual cannot be written to {}", args.folder.display()))
            .because(error.to_string())
    };
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &args.folder).map_err(failed)
}
