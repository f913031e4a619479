//! Prints what to apply on the cloud's side, in the form that is wanted.

use std::io::{self, Write as _};

use clap::ValueEnum;
use domain::provider::Setup;

use super::NOUN;
use crate::cli::failure::{Failure, clean};
use crate::cli::path::ApiPath;
use crate::cli::remote::Remote;
use crate::cli::secrets::pair;
use crate::cli::{answer, show};

/// What the policies must cover, and how they are printed.
#[derive(Debug, clap::Args)]
pub(crate) struct SetupArgs {
    /// The integration
    #[arg(required_unless_present = "method")]
    name: Option<String>,
    /// A method, before there is an integration
    #[arg(long, conflicts_with = "name")]
    method: Option<String>,
    /// A setting of the method, before there is an integration
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair, conflicts_with = "name")]
    settings: Vec<(String, String)>,
    /// Cover only this datasource; without it all of the integration
    #[arg(long = "datasource", value_name = "D")]
    datasources: Vec<String>,
    /// Cover this bucket
    #[arg(long = "bucket", value_name = "B")]
    buckets: Vec<String>,
    /// The prefix in the bucket; once for each bucket, or not at all
    #[arg(long = "prefix", value_name = "P", requires = "buckets")]
    prefixes: Vec<String>,
    /// What the data is for; once for each bucket, or not at all
    #[arg(long = "purpose", value_name = "X", requires = "buckets", value_parser = ["input", "output", "input-output"])]
    purposes: Vec<String>,
    /// The customer's KMS key
    #[arg(long, value_name = "A")]
    kms_key_arn: Option<String>,
    /// A network of Tidegate itself
    #[arg(long = "server-network", value_name = "C")]
    server_networks: Vec<String>,
    /// A network of the workers
    #[arg(long = "worker-network", value_name = "C")]
    worker_networks: Vec<String>,
    /// A network of those who look at the data
    #[arg(long = "viewer-network", value_name = "C")]
    viewer_networks: Vec<String>,
    /// A VPC from which the data may be read
    #[arg(long = "vpc", value_name = "V")]
    vpcs: Vec<String>,
    /// The web page that loads objects, for the CORS document
    #[arg(long, value_name = "URL")]
    cors_origin: Option<String>,
    /// Make gsutil work with the same rights: it lists the whole bucket, which Tidegate itself does not (Google Cloud)
    #[arg(long)]
    gsutil: bool,
    /// The form; steps on a terminal, else JSON
    #[arg(long, value_enum)]
    format: Option<SetupFormat>,
}

/// The form of a set-up.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SetupFormat {
    /// Numbered steps to click
    Steps,
    /// The HTTP body, unchanged
    Json,
    /// Commands
    Cli,
    /// Terraform
    Terraform,
}

pub(crate) async fn run(args: &SetupArgs, remote: &Remote) -> Result<(), Failure> {
    let path = query(args, start(args, remote)?)?;
    let body = remote.get(&path).await?;
    let default = if remote.terminal.json() { SetupFormat::Json } else { SetupFormat::Steps };
    let setup = |body: &[u8]| answer::parse::<Setup>(body);
    match args.format.unwrap_or(default) {
        SetupFormat::Json => show::unchanged(&body),
        SetupFormat::Steps => Ok(write!(io::stdout().lock(), "{}", steps(&setup(&body)?))?),
        SetupFormat::Cli => show::unchanged(setup(&body)?.commands.join("\n").as_bytes()),
        SetupFormat::Terraform => show::unchanged(setup(&body)?.terraform.as_bytes()),
    }
}

fn start(args: &SetupArgs, remote: &Remote) -> Result<ApiPath, Failure> {
    match (&args.name, &args.method) {
        (Some(name), _) => remote.in_project(&[NOUN, name, "setup"]),
        (None, method) => Ok(remote.in_project(&["setup"])?.with_some("method", method.as_deref())),
    }
}

/// Every bucket goes with its prefix and purpose, in this order, so that the server can tell them apart.
fn query(args: &SetupArgs, path: ApiPath) -> Result<ApiPath, Failure> {
    for (flag, values) in [("--prefix", &args.prefixes), ("--purpose", &args.purposes)] {
        if !values.is_empty() && values.len() != args.buckets.len() {
            let what = format!("{flag} is given {} times for {} buckets", values.len(), args.buckets.len());
            return Err(Failure::usage(what, format!("give {flag} once for each --bucket, in the same order")));
        }
    }
    let mut path = path.with_all("datasource", &args.datasources);
    for (key, value) in &args.settings {
        path = path.with(&format!("settings.{key}"), value);
    }
    for (at, bucket) in args.buckets.iter().enumerate() {
        let prefix = args.prefixes.get(at).map_or("", String::as_str);
        let purpose = args.purposes.get(at).map_or("input", String::as_str);
        path = path.with("bucket", bucket).with("prefix", prefix).with("purpose", purpose);
    }
    Ok(path
        .with_some("kms_key_arn", args.kms_key_arn.as_deref())
        .with_some("cors_origin", args.cors_origin.as_deref())
        .with_all("server_network", &args.server_networks)
        .with_all("worker_network", &args.worker_networks)
        .with_all("viewer_network", &args.viewer_networks)
        .with_all("vpc", &args.vpcs)
        .with_some("gsutil", args.gsutil.then_some("true")))
}

fn steps(setup: &Setup) -> String {
    let facts = [
        ("trust", &setup.principal_arn),
        ("external id", &setup.external_id),
        ("role name", &setup.role_name),
        ("issuer", &setup.issuer),
        ("subject", &setup.subject),
        ("audience", &setup.audience),
    ];
    let mut text: String = facts
        .iter()
        .filter_map(|(label, value)| value.as_ref().map(|value| format!("{label}: {}\n", clean(value))))
        .collect();
    for step in &setup.steps {
        let body = clean(&step.text).replace('\n', "\n   ");
        text.push_str(&format!("\n{}. {}\n   {body}\n", step.number, clean(&step.title)));
    }
    if !setup.probe_keys.is_empty() {
        text.push_str(&format!("\nA proof writes and removes: {}\n", clean(&setup.probe_keys.join(", "))));
    }
    for note in &setup.notes {
        text.push_str(&format!("\nNote: {}\n", clean(note)));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SetupArgs,
    }

    fn asked(line: &[&str]) -> Result<ApiPath, Failure> {
        query(&Line::try_parse_from(line).unwrap().args, ApiPath::new(&["setup"]))
    }

    #[test]
    fn each_bucket_goes_with_its_prefix_and_purpose() {
        let line = ["x", "i", "--bucket", "a", "--prefix", "p/", "--bucket", "b", "--prefix", "", "--vpc", "v"];
        assert_eq!(
            asked(&line).unwrap().as_str(),
            "/api/v1/setup?bucket=a&prefix=p%2F&purpose=input&bucket=b&prefix=&purpose=input&vpc=v"
        );
    }

    #[test]
    fn a_prefix_that_could_belong_to_two_buckets_is_refused() {
        assert!(asked(&["x", "i", "--bucket", "a", "--bucket", "b", "--prefix", "p"]).is_err());
    }
    #[test]
    fn what_the_cloud_must_trust_stands_above_the_steps() {
        let setup: Setup = serde_json::from_value(serde_json::json!({
            "issuer": "https://tidegate.example.com", "subject": "project:1:integration:lake", "audience": "api://x",
            "steps": [{"number": 1, "title": "Trust it", "text": "Somewhere."}],
            "probe_keys": [], "commands": [], "terraform": ""
        }))
        .unwrap();
        let expected = "issuer: https://tidegate.example.com\nsubject: project:1:integration:lake\naudience: api://x\n\n\
                        1. Trust it\n   Somewhere.\n";
        assert_eq!(steps(&setup), expected);
    }
}
