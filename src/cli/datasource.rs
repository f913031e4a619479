//! `tidegate datasource`: a bucket, a prefix and a purpose.

use clap::{Args, Subcommand};
use domain::datasource::Encryption;
use serde::Serialize;

use super::client::Ask;
use super::failure::Failure;
use super::remote::Remote;
use super::terminal::Yes;
use super::{list, proof, show};

const NOUN: &str = "datasources";
const PURPOSES: [&str; 3] = ["input", "output", "input-output"];
const MODES: [&str; 5] = ["full", "read-only", "write-only", "list-only", "off"];

/// What can be done to datasources.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasourceCommand {
    /// Make a datasource and prove it
    Create(CreateArgs),
    /// List the datasources of the project
    List,
    /// Show a datasource
    Show {
        /// Its name
        name: String,
    },
    /// Test it for real; exit code 1 if it does not pass
    Prove {
        /// Its name
        name: String,
        /// Another mode than its own, this time
        #[arg(long, value_parser = ["full", "read-only", "write-only", "list-only"])]
        mode: Option<String>,
    },
    /// Change it: the new state is proven before the old one is given up
    Edit(EditArgs),
    /// Delete it; refused while live grants need it
    Delete {
        /// Its name
        name: String,
        #[command(flatten)]
        yes: Yes,
    },
}

/// A datasource to make.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its name
    name: String,
    /// The integration it goes through
    #[arg(long, value_name = "I")]
    integration: String,
    /// The bucket
    #[arg(long, value_name = "B")]
    bucket: String,
    /// Everything under this prefix; without it the whole bucket
    #[arg(long, value_name = "P", default_value = "")]
    prefix: String,
    /// What the data is for
    #[arg(long, value_parser = PURPOSES)]
    purpose: String,
    #[command(flatten)]
    options: Options,
    /// Keep it even if the proof fails
    #[arg(long)]
    keep: bool,
}

/// What to change.
#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Its name
    name: String,
    /// The bucket
    #[arg(long, value_name = "B")]
    bucket: Option<String>,
    /// Everything under this prefix
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// What the data is for
    #[arg(long, value_parser = PURPOSES)]
    purpose: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Forget the output datasource
    #[arg(long, conflicts_with = "output_datasource")]
    no_output_datasource: bool,
    /// Ask for no encryption
    #[arg(long, conflicts_with = "sse")]
    no_sse: bool,
    /// Forget the web page
    #[arg(long, conflicts_with = "cors_origin")]
    no_cors_origin: bool,
}

/// What making and changing have in common.
#[derive(Debug, Default, Args)]
struct Options {
    /// Where what is made from this input goes
    #[arg(long, value_name = "O")]
    output_datasource: Option<String>,
    /// The region of the bucket; found out if not given
    #[arg(long, value_name = "R")]
    region: Option<String>,
    /// How the bucket must encrypt what is written
    #[arg(long, value_parser = ["s3", "kms"])]
    sse: Option<String>,
    /// The customer's key
    #[arg(long, value_name = "A", requires = "sse")]
    kms_key_arn: Option<String>,
    /// The origin of the web page that will load objects
    #[arg(long, value_name = "URL")]
    cors_origin: Option<String>,
    /// How it is proven
    #[arg(long, value_parser = MODES)]
    proof: Option<String>,
    /// Why it is not proven
    #[arg(long, value_name = "TEXT", requires = "proof", required_if_eq("proof", "off"))]
    reason: Option<String>,
}

/// A field of an edit that is not left out; `()` is written as `null`.
#[derive(Serialize)]
#[serde(untagged)]
enum Change<T> {
    Remove(()),
    Set(T),
}

#[derive(Serialize)]
struct Proof<'a> {
    mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_datasource: Option<Change<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sse: Option<Change<Encryption>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors_origin: Option<Change<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keep: bool,
}

impl<'a> Body<'a> {
    fn of(options: &'a Options) -> Result<Self, Failure> {
        let sse = match (options.sse.as_deref(), &options.kms_key_arn) {
            (Some("kms"), Some(arn)) => Some(Encryption::Kms { kms_key_arn: arn.clone() }),
            (Some("kms"), None) => return Err(Failure::usage("--sse kms needs a key", "give it with --kms-key-arn")),
            (Some(_), Some(_)) => {
                return Err(Failure::usage("--kms-key-arn is for --sse kms", "leave one of them out"));
            }
            (Some(_), None) => Some(Encryption::S3),
            (None, _) => None,
        };
        Ok(Self {
            region: options.region.as_deref(),
            output_datasource: options.output_datasource.as_deref().map(Change::Set),
            sse: sse.map(Change::Set),
            cors_origin: options.cors_origin.as_deref().map(Change::Set),
            proof: options.proof.as_deref().map(|mode| Proof { mode, reason: options.reason.as_deref() }),
            ..Self::default()
        })
    }
}

pub(super) async fn run(command: DatasourceCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        DatasourceCommand::Create(args) => {
            let path = remote.in_project(&[NOUN])?;
            proof::send(remote, Ask::post(&path, &create(&args)?)?).await
        }
        DatasourceCommand::List => {
            let columns = [
                ("name", "/name"),
                ("integration", "/integration"),
                ("bucket", "/bucket"),
                ("prefix", "/prefix"),
                ("purpose", "/purpose"),
                ("usable", "/usable"),
            ];
            list::print(remote, &remote.in_project(&[NOUN])?, &columns).await
        }
        DatasourceCommand::Show { name } => {
            show::object(remote.terminal, &remote.get(&remote.in_project(&[NOUN, &name])?).await?)
        }
        DatasourceCommand::Prove { name, mode } => proof::prove(remote, NOUN, &name, mode.as_deref()).await,
        DatasourceCommand::Edit(args) => proof::change(remote, NOUN, &args.name, &edit(&args)?).await,
        DatasourceCommand::Delete { name, yes } => {
            let path = remote.in_project(&[NOUN, &name])?;
            let question = format!("delete the datasource '{name}'? (the objects stay)");
            remote.remove(&path, &question, yes.yes).await?;
            show::say(remote.terminal, &format!("datasource '{name}' is deleted"))
        }
    }
}

fn create(args: &CreateArgs) -> Result<Body<'_>, Failure> {
    Ok(Body {
        name: Some(&args.name),
        integration: Some(&args.integration),
        bucket: Some(&args.bucket),
        prefix: Some(&args.prefix),
        purpose: Some(&args.purpose),
        keep: args.keep,
        ..Body::of(&args.options)?
    })
}

fn edit(args: &EditArgs) -> Result<Body<'_>, Failure> {
    let mut body = Body::of(&args.options)?;
    body.bucket = args.bucket.as_deref();
    body.prefix = args.prefix.as_deref();
    body.purpose = args.purpose.as_deref();
    if args.no_output_datasource {
        body.output_datasource = Some(Change::Remove(()));
    }
    if args.no_sse {
        body.sse = Some(Change::Remove(()));
    }
    if args.no_cors_origin {
        body.cors_origin = Some(Change::Remove(()));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: DatasourceCommand,
    }

    fn body(line: &str) -> Result<serde_json::Value, Failure> {
        let body = match Line::try_parse_from(line.split(' ')).unwrap().command {
            DatasourceCommand::Create(args) => serde_json::to_value(create(&args)?),
            DatasourceCommand::Edit(args) => serde_json::to_value(edit(&args)?),
            _ => panic!("not a body"),
        };
        Ok(body.unwrap())
    }

    #[test]
    fn what_is_left_out_is_not_sent_and_what_is_removed_is_null() {
        let line = "x edit d --no-sse --no-cors-origin --output-datasource o";
        let expected = serde_json::json!({"sse": null, "cors_origin": null, "output_datasource": "o"});
        assert_eq!(body(line).unwrap(), expected);
    }

    #[test]
    fn creation_sends_the_body_of_the_contract() {
        let line =
            "x create d --integration i --bucket b --purpose input --sse kms --kms-key-arn k --proof off --reason r";
        let expected = serde_json::json!({
            "name": "d", "integration": "i", "bucket": "b", "prefix": "", "purpose": "input",
            "sse": {"type": "kms", "kms_key_arn": "k"}, "proof": {"mode": "off", "reason": "r"}
        });
        assert_eq!(body(line).unwrap(), expected);
    }

    #[test]
    fn a_key_without_kms_and_kms_without_a_key_are_refused() {
        let start = "x create d --integration i --bucket b --purpose input";
        assert!(body(&format!("{start} --sse kms")).is_err());
        assert!(body(&format!("{start} --sse s3 --kms-key-arn k")).is_err());
    }
}
