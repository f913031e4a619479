//! `tidegate object`: what is in a datasource.

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::list;
use super::remote::Remote;
use super::time::time;

/// What can be asked of objects.
#[derive(Debug, Subcommand)]
pub(crate) enum ObjectCommand {
    /// List objects as they come, to the end
    List(ListArgs),
}

/// Which objects.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The datasource
    datasource: String,
    /// Only keys that begin so; whole keys, the datasource's prefix included
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// Only keys that match
    #[arg(long, value_name = "G")]
    glob: Option<String>,
    /// Only the objects that this text file of the datasource names, a line each, relative to its prefix
    #[arg(long, value_name = "KEY")]
    relevant: Option<String>,
    /// Only what was written after this time (RFC 3339)
    #[arg(long, value_name = "T", value_parser = time)]
    modified_after: Option<jiff::Timestamp>,
    /// Only what was written before this time (RFC 3339)
    #[arg(long, value_name = "T", value_parser = time)]
    modified_before: Option<jiff::Timestamp>,
}

pub(super) async fn run(command: ObjectCommand, remote: &Remote) -> Result<(), Failure> {
    let ObjectCommand::List(args) = command;
    let text = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let path = remote
        .in_project(&["datasources", &args.datasource, "objects"])?
        .with_some("prefix", args.prefix.as_deref())
        .with_some("glob", args.glob.as_deref())
        .with_some("relevant", args.relevant.as_deref())
        .with_some("modified_after", text(args.modified_after).as_deref())
        .with_some("modified_before", text(args.modified_before).as_deref());
    list::print_objects(remote, &path).await
}
