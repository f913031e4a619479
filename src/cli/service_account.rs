//! `tidegate service-account`: programs that belong to a project.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, show};

const NOUN: &str = "service-accounts";

/// What can be done to service accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAccountCommand {
    /// Make a service account; give it a role with `member add`, a token with `token create`
    Create {
        /// Its name
        name: String,
    },
    /// List the service accounts of the project
    List,
    /// Stop a service account and end all its tokens
    Disable {
        /// Its name
        name: String,
        #[command(flatten)]
        yes: Yes,
    },
}

pub(super) async fn run(command: ServiceAccountCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        ServiceAccountCommand::Create { name } => {
            let body = remote.post(&remote.in_project(&[NOUN])?, &json!({ "name": name })).await?;
            show::object(remote.terminal, &body)
        }
        ServiceAccountCommand::List => {
            let columns = [("name", "/name"), ("disabled", "/disabled"), ("created", "/created_at")];
            list::print(remote, &remote.in_project(&[NOUN])?, &columns).await
        }
        ServiceAccountCommand::Disable { name, yes } => {
            let path = remote.in_project(&[NOUN, &name])?;
            remote
                .terminal
                .confirm(&format!("disable the service account '{name}' and end all its tokens?"), yes.yes)?;
            show::object(remote.terminal, &remote.change(&path, &json!({ "disabled": true })).await?)
        }
    }
}
