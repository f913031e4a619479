//! The arguments of the commands that work on the store or are the server themselves.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::terminal::Yes;
use crate::config::{Config, Environment};

/// Which configuration.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl ConfigArgs {
    /// Reads the configuration, or says everything that is wrong with it.
    ///
    /// # Errors
    /// All mistakes together, or that the file cannot be read.
    pub(crate) fn load(&self, env: &Environment) -> Result<Config, Failure> {
        let file = match &self.config {
            None => None,
            Some(path) => match std::fs::read_to_string(path) {
                Ok(text) => Some((path.as_path(), text)),
                Err(error) => {
                    let what = format!("cannot read {}: {error}", path.display());
                    return Err(Failure::usage(what, "name the file with --config"));
                }
            },
        };
        Config::load(file, env).map_err(|errors| {
            Failure::local("invalid_configuration", errors.to_string().trim_end())
                .mended_by("mend all of them, and try with tidegate check-config")
        })
    }
}

/// How the demo runs.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Stop after the tour; exit code 0 only if all of it held
    #[arg(long)]
    pub(crate) once: bool,
    /// Keep the data in this folder; without it in one that is removed at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value_t = crate::config::DEFAULT_LISTEN)]
    pub(crate) listen: SocketAddr,
}

/// What can be done with backups. They work on the store itself, not through a server.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum BackupCommand {
    /// Copy the database to a new file; the root key is a separate thing and is not in it
    Create {
        /// The new file
        file: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Put a copy in place of the database; the root key must be the one that it was made with
    Restore {
        /// The copy
        file: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        yes: Yes,
    },
}

impl BackupCommand {
    /// Which configuration.
    pub(crate) fn config(&self) -> &ConfigArgs {
        match self {
            Self::Create { config, .. } | Self::Restore { config, .. } => config,
        }
    }
}
