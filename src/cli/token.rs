//! `tidegate token`: API tokens of a project.

use std::time::Duration;

use clap::{Args, Subcommand};
use domain::principal::Role;
use domain::ttl;
use serde::Serialize;

use super::failure::Failure;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, show};

const NOUN: &str = "tokens";

/// What can be done to tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown once
    Create(CreateArgs),
    /// List the tokens of the project
    List,
    /// End a token at once
    Revoke {
        /// The id of the token
        id: String,
        #[command(flatten)]
        yes: Yes,
    },
}

/// A token to make.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// What it is for
    name: String,
    /// Whose token it is, if not yours
    #[arg(long, value_name = "S")]
    service_account: Option<String>,
    /// The most it may do: viewer, auditor, developer, admin or owner
    #[arg(long)]
    role: Option<Role>,
    /// How long it lives
    #[arg(long, value_name = "TTL", default_value = "90d", value_parser = ttl::parse)]
    ttl: Duration,
}

#[derive(Serialize)]
struct Create<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    ttl_seconds: u64,
}

pub(super) async fn run(command: TokenCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        TokenCommand::Create(args) => {
            let create = Create {
                name: &args.name,
                service_account: args.service_account.as_deref(),
                role: args.role,
                ttl_seconds: args.ttl.as_secs(),
            };
            show::object(remote.terminal, &remote.post(&remote.in_project(&[NOUN])?, &create).await?)
        }
        TokenCommand::List => {
            let columns = [
                ("id", "/id"),
                ("name", "/name"),
                ("principal", "/principal"),
                ("role", "/role"),
                ("expires", "/expires_at"),
                ("last used", "/last_used_at"),
            ];
            list::print(remote, &remote.in_project(&[NOUN])?, &columns).await
        }
        TokenCommand::Revoke { id, yes } => {
            let path = remote.in_project(&[NOUN, &id])?;
            remote.terminal.confirm(&format!("end the token {id} at once?"), yes.yes)?;
            remote.send(super::client::Ask::new(http::Method::DELETE, &path)).await?.bytes().await?;
            show::say(remote.terminal, &format!("token {id} is revoked"))
        }
    }
}
