//! Looks through an integration before there is a datasource.

use super::NOUN;
use crate::cli::failure::Failure;
use crate::cli::list;
use crate::cli::remote::Remote;

/// Where to look.
#[derive(Debug, clap::Args)]
pub(crate) struct BrowseArgs {
    /// Its name
    name: String,
    /// Look into this bucket; without it the buckets are listed
    #[arg(long, value_name = "B")]
    bucket: Option<String>,
    /// Look under this prefix
    #[arg(long, value_name = "P", requires = "bucket")]
    prefix: Option<String>,
}

pub(super) async fn run(args: &BrowseArgs, remote: &Remote) -> Result<(), Failure> {
    let path = remote.in_project(&[NOUN, &args.name, "browse"])?;
    match &args.bucket {
        None => list::print(remote, &path, &[("bucket", "/name")]).await,
        Some(bucket) => {
            let path = path.with("bucket", bucket).with_some("prefix", args.prefix.as_deref()).with("delimiter", "/");
            list::print_objects(remote, &path).await
        }
    }
}
