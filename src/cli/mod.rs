//! The command line: a file per noun, talking HTTP to a server like any other client.
//!
//! What is defined here is all there is: help, completions and manual pages follow from it.
//! Commands that are the server, or work on its store, only have their arguments here.

pub(crate) mod answer;
mod audit;
mod check_config;
pub(crate) mod client;
mod completions;
mod connect;
mod contexts;
mod credential;
mod datasource;
mod failure;
mod grant;
mod integration;
mod issuer;
mod key;
mod list;
mod login;
mod member;
mod object;
pub(crate) mod path;
mod policy;
mod project;
mod proof;
pub(crate) mod remote;
mod report;
mod secrets;
mod server_side;
mod service_account;
mod show;
mod terminal;
mod time;
mod token;
mod url;
mod user;

#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use failure::{Failure, clean};
pub(crate) use server_side::{BackupCommand, ConfigArgs, DemoArgs};
pub(crate) use terminal::{Terminal, Yes};
pub(crate) use user::{ResetPasswordArgs, UserCommand};

use crate::config::Environment;
use remote::{Globals, Remote};

/// Secure, proven, audited access to data and services that belong to somebody else.
#[derive(Debug, Parser)]
#[command(
    name = "tidegate",
    bin_name = "tidegate",
    version,
    max_term_width = 120,
    arg_required_else_help = true,
    propagate_version = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Whether JSON was asked for in so many words.
    pub(crate) fn json_was_asked(&self) -> bool {
        self.globals.output == Some(terminal::Output::Json)
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show everything at work, with a store of its own on loopback
    Demo(DemoArgs),
    /// Run the server
    Serve(ConfigArgs),
    /// Check a configuration and print what follows from it
    CheckConfig(ConfigArgs),
    /// Check the store, the keys, the clock and the way out
    Doctor(ConfigArgs),
    /// Sign in and keep the session
    Login(login::LoginArgs),
    /// End the session that was kept
    Logout,
    /// Show who you are to the server
    Whoami,
    /// Tenants
    #[command(subcommand)]
    Project(project::ProjectCommand),
    /// People
    #[command(subcommand)]
    User(UserCommand),
    /// Programs that belong to a project
    #[command(subcommand)]
    ServiceAccount(service_account::ServiceAccountCommand),
    /// Who may do what in a project
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// API tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Secure connections to providers
    #[command(subcommand)]
    Integration(integration::IntegrationCommand),
    /// Buckets, prefixes and purposes
    #[command(subcommand)]
    Datasource(datasource::DatasourceCommand),
    /// What is in a datasource
    #[command(subcommand)]
    Object(object::ObjectCommand),
    /// Signed URLs
    #[command(subcommand)]
    Url(url::UrlCommand),
    /// Short-lived, narrowed credentials
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// What was handed out, and taking it back
    #[command(subcommand)]
    Grant(grant::GrantCommand),
    /// Tools for the clouds' policies
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// What was done, and showing that the record was not altered
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The keys that secrets are sealed with
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// The tokens by which clouds know projects, and the keys that sign them
    #[command(subcommand)]
    Issuer(issuer::IssuerCommand),
    /// Copies of the embedded database
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Print a completion script
    Completions(completions::CompletionsArgs),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(completions::ManArgs),
    /// Print the OpenAPI document of the server's API
    #[command(hide = true)]
    Openapi,
}

/// Runs everything that is not the server itself.
pub(crate) async fn run(cli: Cli, env: &Environment) -> ExitCode {
    let terminal = Terminal::new(cli.globals.output, env);
    match dispatch(cli, env, terminal).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure, terminal.json_was_asked()),
    }
}

/// Says what went wrong, and gives the exit code.
pub(crate) fn fail(failure: &Failure, json: bool) -> ExitCode {
    // If standard error is gone there is nobody left to tell.
    let _ = io::stderr().lock().write_all(failure.render(json).as_bytes());
    failure.exit_code()
}

async fn dispatch(cli: Cli, env: &Environment, terminal: Terminal) -> Result<(), Failure> {
    // What needs no server must not stumble over a broken sign-in.
    let command = match cli.command {
        Command::CheckConfig(args) => return check_config::run(&args, env, terminal),
        Command::Completions(args) => return completions::completions(&args),
        Command::Man(args) => return completions::man(&args),
        Command::Openapi => return show::unchanged(web::openapi_text().as_bytes()),
        Command::Audit(audit::AuditCommand::Verify(args)) => return audit::verify(&args, terminal),
        Command::Policy(policy::PolicyCommand::Offline(command)) => return policy::run(&command, terminal),
        command => command,
    };
    let signing_in = matches!(command, Command::Login(_));
    let remote = Remote::new(&cli.globals.or_environment(env), env, terminal, signing_in)?;
    match command {
        Command::Login(args) => login::login(&args, remote).await,
        Command::Logout => login::logout(remote).await,
        Command::Whoami => login::whoami(&remote).await,
        Command::Project(command) => project::run(command, &remote).await,
        Command::User(command) => user::run(command, &remote).await,
        Command::ServiceAccount(command) => service_account::run(command, &remote).await,
        Command::Member(command) => member::run(command, &remote).await,
        Command::Token(command) => token::run(command, &remote).await,
        Command::Integration(command) => integration::run(command, &remote).await,
        Command::Datasource(command) => datasource::run(command, &remote).await,
        Command::Object(command) => object::run(command, &remote).await,
        Command::Url(command) => url::run(command, &remote).await,
        Command::Credential(command) => credential::run(command, &remote).await,
        Command::Grant(command) => grant::run(command, &remote).await,
        Command::Policy(policy::PolicyCommand::Generate(args)) => policy::generate(&args, &remote).await,
        Command::Audit(command) => audit::run(command, &remote).await,
        Command::Key(command) => key::run(command, &remote).await,
        Command::Issuer(command) => issuer::run(command, &remote).await,
        other => Err(Failure::local("internal", format!("{other:?} does not talk to a server"))),
    }
}
