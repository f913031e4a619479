//! `tidegate user`: people.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::secrets::{self, WireSecret, pair};
use super::server_side::ConfigArgs;
use super::terminal::Yes;
use super::{list, show};

/// What can be done to users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user; without a password file a password is made and shown once
    Create {
        /// The user's name
        name: String,
        /// A file with the first password
        #[arg(long, value_name = "F")]
        password_file: Option<PathBuf>,
        /// Make an administrator of the installation
        #[arg(long)]
        administrator: bool,
    },
    /// List all users
    List,
    /// Show a user
    Show {
        /// The user's name
        name: String,
    },
    /// Stop a user from signing in and end all sessions and tokens
    Disable {
        /// The user's name
        name: String,
        #[command(flatten)]
        yes: Yes,
    },
    /// Give a user a new password, which must be changed at the next sign-in
    ResetPassword(ResetPasswordArgs),
    /// Set a property that role ARNs may name as ${user.PROPERTY}; an empty value removes it
    SetProperty {
        /// The user's name
        name: String,
        /// The properties
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = pair)]
        properties: Vec<(String, String)>,
    },
}

/// Whose password, and where it comes from.
#[derive(Debug, Clone, Args)]
pub(crate) struct ResetPasswordArgs {
    /// The user's name
    pub(crate) name: String,
    /// A file with the new password; without it one is made and shown once
    #[arg(long, value_name = "F")]
    pub(crate) password_file: Option<PathBuf>,
    /// Work on the store itself, without a server and without signing in
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

pub(super) async fn run(command: UserCommand, remote: &Remote) -> Result<(), Failure> {
    let at = |name: &str| ApiPath::new(&["users", name]);
    match command {
        UserCommand::Create { name, password_file, administrator } => {
            create(remote, &name, password_file, administrator).await
        }
        UserCommand::List => {
            let columns = [
                ("name", "/name"),
                ("administrator", "/administrator"),
                ("disabled", "/disabled"),
                ("created", "/created_at"),
            ];
            list::print(remote, &ApiPath::new(&["users"]), &columns).await
        }
        UserCommand::Show { name } => show::object(remote.terminal, &remote.get(&at(&name)).await?),
        UserCommand::Disable { name, yes } => {
            remote.terminal.confirm(&format!("disable '{name}' and end all sessions and tokens?"), yes.yes)?;
            let body = remote.change(&at(&name), &json!({ "disabled": true })).await?;
            show::object(remote.terminal, &body)
        }
        UserCommand::ResetPassword(args) => reset_password(remote, &args).await,
        UserCommand::SetProperty { name, properties } => {
            let properties: serde_json::Map<_, _> = properties
                .into_iter()
                .map(|(key, value)| (key, if value.is_empty() { serde_json::Value::Null } else { value.into() }))
                .collect();
            let body = remote.change(&at(&name), &json!({ "properties": properties })).await?;
            show::object(remote.terminal, &body)
        }
    }
}

async fn create(
    remote: &Remote,
    name: &str,
    password_file: Option<PathBuf>,
    administrator: bool,
) -> Result<(), Failure> {
    #[derive(serde::Serialize)]
    struct Create<'a> {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<WireSecret>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        administrator: bool,
    }
    let password = password_file.map(|path| secrets::from_file(&path)).transpose()?;
    let body = remote.post(&ApiPath::new(&["users"]), &Create { name, password, administrator }).await?;
    show::object(remote.terminal, &body)
}

async fn reset_password(remote: &Remote, args: &ResetPasswordArgs) -> Result<(), Failure> {
    #[derive(serde::Serialize)]
    struct Reset {
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<WireSecret>,
    }
    let password = args.password_file.as_deref().map(secrets::from_file).transpose()?;
    let path = ApiPath::new(&["users", &args.name, "reset-password"]);
    show::object(remote.terminal, &remote.post(&path, &Reset { password }).await?)
}
