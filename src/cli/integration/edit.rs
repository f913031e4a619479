//! Changes an integration; what is left out is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::NOUN;
use super::create::{ProofOff, settings};
use crate::cli::failure::Failure;
use crate::cli::remote::Remote;
use crate::cli::secrets::{self, SecretArgs, WireSecret, WireSecrets, pair};
use crate::cli::{answer, proof};

/// What to change.
#[derive(Debug, clap::Args)]
pub(crate) struct EditArgs {
    /// Its name
    name: String,
    /// A setting of the method
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    settings: Vec<(String, String)>,
    /// Remove a setting
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Remove a secret
    #[arg(long, value_name = "KEY")]
    remove_secret: Vec<String>,
    #[command(flatten)]
    proof: ProofOff,
}

/// Which secrets to replace.
#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    /// Its name
    name: String,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// `null` removes.
#[derive(Serialize)]
struct Edit<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'a str, Option<&'a str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<&'a str, Option<&'a WireSecret>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(super) async fn run(args: &EditArgs, remote: &Remote) -> Result<(), Failure> {
    let given = args.secrets.read()?;
    let mut edit = Edit {
        settings: settings(&args.settings)?.into_iter().map(|(key, value)| (key, Some(value))).collect(),
        secrets: given.iter().map(|(key, secret)| (key.as_str(), Some(secret))).collect(),
        proof: args.proof.proof.as_deref(),
        reason: args.proof.reason.as_deref(),
    };
    edit.settings.extend(args.unset.iter().map(|key| (key.as_str(), None)));
    edit.secrets.extend(args.remove_secret.iter().map(|key| (key.as_str(), None)));
    if edit.settings.is_empty() && edit.secrets.is_empty() && edit.proof.is_none() {
        return Err(Failure::usage("nothing to change was given", "give --set, --unset, --secret-file or --proof off"));
    }
    proof::change(remote, NOUN, &args.name, &edit).await
}

pub(super) async fn rotate(args: &RotateArgs, remote: &Remote) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Rotate {
        secrets: WireSecrets,
    }
    let mut secrets = args.secrets.read()?;
    if args.secrets.is_empty() {
        secrets::ask_missing(remote, &method_of(remote, &args.name).await?, &mut secrets).await?;
    }
    if secrets.is_empty() {
        return Err(Failure::usage("no new secret was given", "give it with --secret-file KEY=PATH"));
    }
    proof::change(remote, NOUN, &args.name, &Rotate { secrets }).await
}

async fn method_of(remote: &Remote, name: &str) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Integration {
        method: String,
    }
    let body = remote.get(&remote.in_project(&[NOUN, name])?).await?;
    answer::parse::<Integration>(&body).map(|integration| integration.method)
}
