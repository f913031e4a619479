//! `tidegate key`: the keys that secrets are sealed with.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::secrets::{self, WireSecret};
use super::show;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a new key for the project and rewrap its secrets with it
    Rotate,
    /// Rewrap all project keys with a new root key; for the installation's administrator
    Rewrap {
        /// A file with the new root key, as `keyring.root_key_file` will name it
        #[arg(long, value_name = "F", required_unless_present = "new_passphrase_file")]
        new_root_key_file: Option<PathBuf>,
        /// A file with the new passphrase, as `keyring.passphrase_file` will name it
        #[arg(long, value_name = "F", conflicts_with = "new_root_key_file")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Show the project's key version, or without --project the root key's id
    Status,
}

#[derive(Serialize)]
struct Rewrap {
    #[serde(skip_serializing_if = "Option::is_none")]
    new_root_key: Option<WireSecret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_passphrase: Option<WireSecret>,
}

pub(super) async fn run(command: KeyCommand, remote: &Remote) -> Result<(), Failure> {
    let body = match command {
        KeyCommand::Rotate => remote.post(&remote.in_project(&["key", "rotate"])?, &json!({})).await?,
        KeyCommand::Rewrap { new_root_key_file, new_passphrase_file } => {
            let read = |path: Option<PathBuf>| path.as_deref().map(secrets::from_file).transpose();
            let rewrap = Rewrap { new_root_key: read(new_root_key_file)?, new_passphrase: read(new_passphrase_file)? };
            remote.post(&ApiPath::new(&["key", "rewrap"]), &rewrap).await?
        }
        KeyCommand::Status => remote.get(&remote.in_named_project(&["key"])).await?,
    };
    show::object(remote.terminal, &body)
}
