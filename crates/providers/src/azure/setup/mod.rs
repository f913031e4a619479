//! What to apply on Azure's side, in every form: steps, documents, commands, Terraform.
//!
//! All forms are written from one [`Plan`], so they cannot say different things. Text of a user is quoted by
//! `cloud_policy` and never becomes a word of a shell or an expression of Terraform.

mod commands;
mod notes;
mod steps;
mod terraform;
#[cfg(test)]
mod tests;

use cloud_policy::{PROBE, PolicyError};
use domain::provider::{IssuedSubject, Provider, Setup, SetupAsk};
use domain::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::grants::{self, Assignment};
use super::names::{wrong_account, wrong_container};
use super::remedy::{federated_credential, subject_of};
use crate::tell;

/// The way of connecting.
pub(super) enum Kind<'a> {
    /// An application with a secret.
    ClientSecret,
    /// An application that trusts Tidegate's issuer.
    Federated { subject: &'a IssuedSubject, audience: &'static str },
    /// The key of the account.
    AccountKey,
    /// A signature of the owner.
    SharedAccess,
}

impl Kind<'_> {
    fn is_application(&self) -> bool {
        matches!(self, Self::ClientSecret | Self::Federated { .. })
    }
}

/// What is to be applied, before it is put into words.
struct Plan<'a> {
    kind: &'a Kind<'a>,
    ask: &'a SetupAsk,
    /// The account; a word in capitals where it is not known yet.
    account: &'a str,
    /// What the application is called.
    display_name: String,
    /// The application's id, where it is known already.
    client_id: Option<&'a str>,
    assignments: Vec<Assignment>,
}

/// Everything to apply, for one place or for all places of an integration.
///
/// # Errors
/// `scope_not_expressible` and `policy_too_large` where no condition of Azure can say a prefix; `invalid` for a name
/// that no account or container has.
pub(super) fn setup(method: &dyn Provider, ask: &SetupAsk, kind: &Kind<'_>) -> Result<Setup> {
    crate::setup::refuse_gsutil(ask)?;
    let plan = Plan::new(ask, kind)?;
    let (subject, audience) = match kind {
        Kind::Federated { subject, audience } => (Some(*subject), Some((*audience).to_owned())),
        Kind::ClientSecret | Kind::AccountKey | Kind::SharedAccess => (None, None),
    };
    let mut setup = Setup {
        principal_arn: None,
        external_id: None,
        role_name: None,
        issuer: subject.map(|subject| subject.issuer.clone()),
        subject: subject.map(subject_of),
        audience,
        steps: steps::steps(&plan),
        trust_policy: plan.credential(),
        permission_policy: (!plan.assignments.is_empty()).then(|| grants::document(&plan.assignments, plan.account)),
        bucket_policy: None,
        kms_key_policy: None,
        cors: plan.cors(),
        probe_keys: plan.probe_keys(),
        commands: commands::commands(&plan),
        terraform: terraform::terraform(&plan),
        notes: notes::notes(&plan),
    };
    tell::last(method, ask, &[], &mut setup);
    Ok(setup)
}

impl<'a> Plan<'a> {
    fn new(ask: &'a SetupAsk, kind: &'a Kind<'a>) -> Result<Self> {
        let account = ask.settings.get("account").map(String::as_str);
        if let Some(why) = account.and_then(wrong_account) {
            return Err(Error::invalid("/settings/account", why));
        }
        if let Some(why) = ask.places.iter().find_map(|place| wrong_container(place.bucket.as_str())) {
            return Err(Error::invalid("/bucket", why));
        }
        let of = ask.integration.as_deref().unwrap_or(&ask.project);
        let assignments =
            if kind.is_application() { grants::assignments(&ask.places, true).map_err(refused)? } else { Vec::new() };
        Ok(Self {
            kind,
            ask,
            account: account.unwrap_or("ACCOUNT"),
            display_name: format!("tidegate-{of}"),
            client_id: ask.settings.get("client_id").map(String::as_str),
            assignments,
        })
    }

    /// The containers, each once.
    fn containers(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.ask.places.iter().map(|place| place.bucket.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The rights of a signature for a container.
    fn letters(&self, container: &str) -> &'static str {
        let of = self.ask.places.iter().filter(|place| place.bucket.as_str() == container);
        if of.into_iter().any(|place| place.purpose.writes()) { "rcwdl" } else { "rl" }
    }

    fn credential(&self) -> Option<Value> {
        match self.kind {
            Kind::Federated { subject, audience } => Some(federated_credential(subject, audience)),
            Kind::ClientSecret | Kind::AccountKey | Kind::SharedAccess => None,
        }
    }

    /// Origins, and whether their pages write: the rules are those of the whole account.
    fn origins(&self) -> Vec<(&str, bool)> {
        let mut all: Vec<(&str, bool)> = Vec::new();
        for place in &self.ask.places {
            let Some(origin) = place.cors_origin.as_deref() else { continue };
            match all.iter_mut().find(|(known, _)| *known == origin) {
                Some((_, writes)) => *writes |= place.purpose.writes(),
                None => all.push((origin, place.purpose.writes())),
            }
        }
        all
    }

    fn cors(&self) -> Option<Value> {
        let rules: Vec<Value> =
            self.origins().into_iter().map(|(origin, writes)| grants::cors_rule(origin, writes)).collect();
        (!rules.is_empty()).then(|| json!(rules))
    }

    fn probe_keys(&self) -> Vec<String> {
        let mut all: Vec<String> = self.ask.places.iter().map(|place| format!("{}{PROBE}*", place.prefix)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Networks, as the firewall of an account takes them: a single address without its length.
    fn networks(&self) -> Vec<&str> {
        let all = [&self.ask.server_networks, &self.ask.worker_networks, &self.ask.viewer_networks];
        let mut out: Vec<&str> = Vec::new();
        for network in all.into_iter().flatten() {
            let network = network.strip_suffix("/32").unwrap_or(network);
            if !out.contains(&network) {
                out.push(network);
            }
        }
        out
    }
}

fn refused(error: PolicyError) -> Error {
    match error {
        PolicyError::NotExpressible { reason } => Error::new(ErrorKind::ScopeNotExpressible, reason),
        PolicyError::TooLarge { .. } => Error::new(ErrorKind::PolicyTooLarge, error.to_string())
            .with_hint("split the datasources over several integrations"),
    }
}
