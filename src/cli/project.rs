//! `tidegate project`: tenants.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, show};

/// What can be done to projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// Make a project; whoever makes it owns it
    Create {
        /// Its name
        name: String,
    },
    /// List the projects that you may see
    List,
    /// Show a project, its external id and whom its roles must trust
    Show {
        /// Its name
        name: String,
    },
    /// Delete a project and the keys of all its secrets
    Delete {
        /// Its name
        name: String,
        #[command(flatten)]
        yes: Yes,
    },
}

pub(super) async fn run(command: ProjectCommand, remote: &Remote) -> Result<(), Failure> {
    let at = |name: &str| ApiPath::new(&["projects", name]);
    match command {
        ProjectCommand::Create { name } => {
            let body = remote.post(&ApiPath::new(&["projects"]), &json!({ "name": name })).await?;
            show::object(remote.terminal, &body)
        }
        ProjectCommand::List => {
            let columns = [("name", "/name"), ("external id", "/external_id"), ("created", "/created_at")];
            list::print(remote, &ApiPath::new(&["projects"]), &columns).await
        }
        ProjectCommand::Show { name } => show::object(remote.terminal, &remote.get(&at(&name)).await?),
        ProjectCommand::Delete { name, yes } => {
            let question = format!("delete the project '{name}' and everything in it, for ever?");
            remote.remove(&at(&name), &question, yes.yes).await?;
            show::say(remote.terminal, &format!("project '{name}' is deleted"))
        }
    }
}
