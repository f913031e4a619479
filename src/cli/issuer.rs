//! `tidegate issuer`: the tokens by which clouds know projects and integrations, and the keys that sign them.

use std::fs;
use std::path::{Path, PathBuf};

use broker::IssuerView;
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::terminal::Yes;
use super::{answer, show};

/// What can be done with the issuer; for the installation's administrator.
#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Show the issuer, its keys, and when copies of its documents must be renewed
    Show,
    /// Make the next key: it is published at once and signs from tomorrow on
    Rotate {
        /// Sign with it at once and withdraw all others: only where one of them is known to others
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        yes: Yes,
    },
    /// Write the documents that clouds read, for where they cannot reach this server
    Documents {
        /// The folder; `.well-known` is made in it
        folder: PathBuf,
    },
}

pub(super) async fn run(command: IssuerCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        IssuerCommand::Show => show::object(remote.terminal, &remote.get(&ApiPath::new(&["issuer"])).await?),
        IssuerCommand::Rotate { now, yes } => {
            if now {
                let question = "withdraw all keys of the issuer at once? Clouds refuse its tokens until they have read the new one";
                remote.terminal.confirm(question, yes.yes)?;
            }
            let body = remote.post(&ApiPath::new(&["issuer", "rotate"]), &json!({ "now": now })).await?;
            show::object(remote.terminal, &body)
        }
        IssuerCommand::Documents { folder } => {
            let view: IssuerView = answer::parse(&remote.get(&ApiPath::new(&["issuer"])).await?)?;
            write(&folder, &view)?;
            show::say(remote.terminal, &explained(&folder, &view))
        }
    }
}

fn write(folder: &Path, view: &IssuerView) -> Result<(), Failure> {
    let known = folder.join(".well-known");
    fs::create_dir_all(&known).map_err(|why| not_written(&known, &why))?;
    keep(&known.join("openid-configuration"), &view.discovery)?;
    keep(&known.join("jwks.json"), &view.jwks)
}

fn keep(path: &Path, document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|why| Failure::local("internal", why.to_string()))?;
    fs::write(path, text + "\n").map_err(|why| not_written(path, &why))
}

fn not_written(path: &Path, why: &std::io::Error) -> Failure {
    Failure::local("invalid", format!("{} cannot be written: {why}", path.display()))
}

fn explained(folder: &Path, view: &IssuerView) -> String {
    let renew = match view.renew_copies_by {
        Some(by) => format!("A new key signs from {by} on: they must be there before."),
        None => "Write and upload them again after each 'tidegate issuer rotate', within a day.".to_owned(),
    };
    format!(
        "wrote {}\nServe both below {} as application/json. {renew}",
        folder.join(".well-known").display(),
        view.url
    )
}
