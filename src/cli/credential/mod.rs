//! `tidegate credential issue`: short-lived, narrowed credentials in the form that a tool takes.

mod forms;

use std::io::{self, Write as _};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use domain::ttl;
use serde::Serialize;

use super::failure::{Failure, clean};
use super::remote::Remote;
use super::{answer, show};
use forms::Issued;

/// What can be done with credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Issue a credential that ends by itself
    Issue(IssueArgs),
}

/// Which credential, and in which form.
#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// The datasource
    datasource: String,
    /// What it may do
    #[arg(long, default_value = "read", value_parser = ["read", "write", "read-write"])]
    access: String,
    /// Only under this prefix
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// How long it works
    #[arg(long, value_name = "TTL", default_value = "1h", value_parser = ttl::parse)]
    ttl: Duration,
    /// The form
    #[arg(long, value_enum, default_value = "json")]
    format: CredentialFormat,
}

/// The form of a credential.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CredentialFormat {
    /// The HTTP body, unchanged
    Json,
    /// Variables, quoted for sh
    Env,
    /// The document that `credential_process` of the AWS tools takes
    AwsProcess,
}

#[derive(Serialize)]
struct Issue<'a> {
    access: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'a str>,
    ttl_seconds: u64,
}

pub(super) async fn run(command: CredentialCommand, remote: &Remote) -> Result<(), Failure> {
    let CredentialCommand::Issue(args) = command;
    let path = remote.in_project(&["datasources", &args.datasource, "credentials"])?;
    let issue = Issue { access: &args.access, prefix: args.prefix.as_deref(), ttl_seconds: args.ttl.as_secs() };
    let body = remote.post(&path, &issue).await?;
    let text = match args.format {
        CredentialFormat::Json => return show::unchanged(&body),
        CredentialFormat::Env => warned(answer::parse(&body)?)?.variables()?,
        CredentialFormat::AwsProcess => warned(answer::parse(&body)?)?.process_document()?,
    };
    show::unchanged(text.as_bytes())
}

/// Warnings go to standard error: the other stream is read by a tool.
fn warned(issued: Issued) -> Result<Issued, Failure> {
    let mut stderr = io::stderr().lock();
    for warning in &issued.warnings {
        writeln!(stderr, "warning: {}", clean(&show::text(warning)))?;
    }
    Ok(issued)
}
