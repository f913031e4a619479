//! Makes an integration and shows its proof.

use std::collections::BTreeMap;

use serde::Serialize;

use super::NOUN;
use crate::cli::client::Ask;
use crate::cli::failure::Failure;
use crate::cli::proof;
use crate::cli::remote::Remote;
use crate::cli::secrets::{self, SecretArgs, WireSecrets, pair};

/// An integration to make.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// The method, for example aws-cross-account: `tidegate integration methods` lists them and what each takes
    method: String,
    /// Its name
    name: String,
    /// A setting of the method
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    settings: Vec<(String, String)>,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    proof: ProofOff,
    /// Keep it even if the proof fails (its state is then `failed`)
    #[arg(long)]
    keep: bool,
}

/// Switches the proof off, with a reason.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ProofOff {
    /// Do not prove
    #[arg(long, value_name = "off", value_parser = ["off"], requires = "reason")]
    pub(super) proof: Option<String>,
    /// Why it is not proven
    #[arg(long, value_name = "TEXT", requires = "proof")]
    pub(super) reason: Option<String>,
}

#[derive(Serialize)]
struct Create<'a> {
    name: &'a str,
    method: &'a str,
    settings: BTreeMap<&'a str, &'a str>,
    secrets: WireSecrets,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keep: bool,
}

pub(super) async fn run(args: &CreateArgs, remote: &Remote) -> Result<(), Failure> {
    let path = remote.in_project(&[NOUN])?;
    let mut secrets = args.secrets.read()?;
    secrets::ask_missing(remote, &args.method, &mut secrets).await?;
    let create = Create {
        name: &args.name,
        method: &args.method,
        settings: settings(&args.settings)?,
        secrets,
        proof: args.proof.proof.as_deref(),
        reason: args.proof.reason.as_deref(),
        keep: args.keep,
    };
    proof::send(remote, Ask::post(&path, &create)?).await
}

/// Settings by name.
///
/// # Errors
/// A usage error if one is given twice.
pub(super) fn settings(pairs: &[(String, String)]) -> Result<BTreeMap<&str, &str>, Failure> {
    let mut settings = BTreeMap::new();
    for (key, value) in pairs {
        if settings.insert(key.as_str(), value.as_str()).is_some() {
            return Err(Failure::usage(format!("the setting '{key}' is given twice"), "give it once"));
        }
    }
    Ok(settings)
}
