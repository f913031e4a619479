//! `tidegate integration`: secure connections to providers.

mod browse;
mod create;
mod edit;
mod methods;
pub(super) mod setup;

use clap::Subcommand;
use serde_json::json;

use super::client::Ask;
use super::failure::Failure;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, proof, show};

const NOUN: &str = "integrations";

/// What can be done to integrations.
#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationCommand {
    /// Connect and prove; without a role ARN where the method needs one, begin and finish later
    Create(create::CreateArgs),
    /// List the methods that the server can connect with, or what one of them takes
    Methods(methods::MethodsArgs),
    /// List the integrations of the project
    List,
    /// Show an integration, without its secrets
    Show {
        /// Its name
        name: String,
    },
    /// Test it for real; exit code 1 if it does not pass
    Prove {
        /// Its name
        name: String,
    },
    /// Change settings or secrets: the new state is proven before the old one is given up
    Edit(edit::EditArgs),
    /// Replace secrets: the new ones are proven before the old ones are given up
    Rotate(edit::RotateArgs),
    /// Show which versions of a secret there are; never what they are
    Secrets {
        /// The integration
        name: String,
    },
    /// Switch a secret back to an earlier version, which is proven before
    RollBack {
        /// The integration
        name: String,
        /// The secret, for example secret_access_key
        field: String,
        /// The version, as `integration secrets` lists it
        #[arg(long, value_name = "N")]
        to: u32,
    },
    /// Look at the buckets, or into one
    Browse(browse::BrowseArgs),
    /// Hand out nothing through it until it is resumed
    Pause {
        /// Its name
        name: String,
    },
    /// Hand out again
    Resume {
        /// Its name
        name: String,
    },
    /// Delete it; refused while datasources or live grants need it
    Delete {
        /// Its name
        name: String,
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what to apply on the cloud's side, also before the integration exists
    Setup(setup::SetupArgs),
}

pub(super) async fn run(command: IntegrationCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        IntegrationCommand::Create(args) => create::run(&args, remote).await,
        IntegrationCommand::Methods(args) => methods::run(&args, remote).await,
        IntegrationCommand::List => {
            let columns = [
                ("name", "/name"),
                ("method", "/method"),
                ("state", "/state"),
                ("changed", "/updated_at"),
                ("last used", "/last_used_at"),
            ];
            list::print(remote, &remote.in_project(&[NOUN])?, &columns).await
        }
        IntegrationCommand::Show { name } => {
            show::object(remote.terminal, &remote.get(&remote.in_project(&[NOUN, &name])?).await?)
        }
        IntegrationCommand::Prove { name } => proof::prove(remote, NOUN, &name, None).await,
        IntegrationCommand::Edit(args) => edit::run(&args, remote).await,
        IntegrationCommand::Rotate(args) => edit::rotate(&args, remote).await,
        IntegrationCommand::Secrets { name } => {
            let columns = [("field", "/field"), ("version", "/version"), ("current", "/current"), ("set", "/set_at")];
            list::print(remote, &remote.in_project(&[NOUN, &name, "secrets"])?, &columns).await
        }
        IntegrationCommand::RollBack { name, field, to } => {
            let path = remote.in_project(&[NOUN, &name, "secrets", &field, "rollback"])?;
            proof::send(remote, Ask::post(&path, &json!({ "version": to }))?).await
        }
        IntegrationCommand::Browse(args) => browse::run(&args, remote).await,
        IntegrationCommand::Pause { name } => switch(remote, &name, "pause").await,
        IntegrationCommand::Resume { name } => switch(remote, &name, "resume").await,
        IntegrationCommand::Delete { name, yes } => {
            let path = remote.in_project(&[NOUN, &name])?;
            remote.remove(&path, &format!("delete the integration '{name}' and its secrets?"), yes.yes).await?;
            show::say(remote.terminal, &format!("integration '{name}' is deleted"))
        }
        IntegrationCommand::Setup(args) => setup::run(&args, remote).await,
    }
}

async fn switch(remote: &Remote, name: &str, verb: &str) -> Result<(), Failure> {
    let path = remote.in_project(&[NOUN, name, verb])?;
    show::object(remote.terminal, &remote.post(&path, &json!({})).await?)
}
