//! `tidegate member`: who may do what in a project.

use clap::Subcommand;
use domain::principal::Role;
use serde_json::json;

use super::failure::Failure;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, show};

const NOUN: &str = "members";

/// What can be done to members.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Give a user or service account a role in the project
    Add {
        /// The user or service account
        principal: String,
        /// viewer, auditor, developer, admin or owner
        #[arg(long)]
        role: Role,
    },
    /// List the members of the project
    List,
    /// Take the role away
    Remove {
        /// The user or service account
        principal: String,
        #[command(flatten)]
        yes: Yes,
    },
}

pub(super) async fn run(command: MemberCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        MemberCommand::Add { principal, role } => {
            let body = json!({ "principal": principal, "role": role });
            show::object(remote.terminal, &remote.post(&remote.in_project(&[NOUN])?, &body).await?)
        }
        MemberCommand::List => {
            let columns = [("principal", "/principal"), ("kind", "/kind"), ("role", "/role")];
            list::print(remote, &remote.in_project(&[NOUN])?, &columns).await
        }
        MemberCommand::Remove { principal, yes } => {
            let path = remote.in_project(&[NOUN, &principal])?;
            remote.remove(&path, &format!("remove '{principal}' from the project?"), yes.yes).await?;
            show::say(remote.terminal, &format!("'{principal}' is no longer a member"))
        }
    }
}
