//! What a customer applies on his side, in every form: steps, documents, commands, Terraform.
//!
//! All forms are written from one [`plan::Plan`], so they cannot say different things.

mod commands;
mod notes;
mod plan;
pub mod quote;
mod steps;
mod terraform;

use std::collections::{BTreeMap, BTreeSet};

use domain::provider::{Setup, SetupAsk};
use serde_json::Value;

use crate::dialect::Dialect;
use crate::{PROBE, PolicyError};
use plan::Plan;

/// For which store and in which way of connecting.
#[derive(Debug, Clone, Copy)]
pub struct Flavour<'a> {
    /// The store's policy language.
    pub dialect: &'a Dialect,
    /// The way of connecting.
    pub kind: FlavourKind<'a>,
    /// The partition of AWS; `aws` for other stores.
    pub partition: &'a str,
    /// The store's name for people.
    pub vendor_title: &'a str,
    /// Whether sessions can be narrowed, so that credentials can be handed out.
    pub session_policies: bool,
}

/// The way of connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlavourKind<'a> {
    /// A role of the customer that Tidegate's own identity assumes with the project's external id.
    CrossAccountRole {
        /// Tidegate's own identity.
        principal_arn: &'a str,
    },
    /// A role that Tidegate's own tokens are exchanged for.
    FederatedRole {
        /// Whose tokens it trusts.
        federation: crate::trust::Federation<'a>,
    },
    /// A role, and a user whose stored key pair can do nothing but assume it.
    ///
    /// An external id is asked for where the settings have one.
    AssumedByUser,
    /// A role that the identity of the server's machine assumes.
    AmbientRole {
        /// That identity, where it is known.
        principal_arn: Option<&'a str>,
    },
    /// The identity of the server's machine itself.
    Ambient,
    /// A user whose stored key pair reads and writes itself.
    User,
}

/// Everything to apply, for one place or for all places of an integration.
///
/// `bucket_policy` and `cors` are the document itself where there is one bucket, and documents by the name
/// of the bucket where there are several.
///
/// # Errors
/// As [`permission_policy`](crate::permission_policy); `TooLarge` where a policy for all places is over
/// the limit of AWS.
pub fn setup(flavour: &Flavour<'_>, ask: &SetupAsk) -> Result<Setup, PolicyError> {
    let plan = Plan::new(flavour, ask)?;
    let federation = match flavour.kind {
        FlavourKind::FederatedRole { federation } => Some(federation),
        _ => None,
    };
    let principal_arn = plan.role.as_ref().map(|role| role.principal.clone());
    Ok(Setup {
        principal_arn: principal_arn.filter(|_| federation.is_none()),
        external_id: plan.role.as_ref().and_then(|role| role.external_id.clone()),
        role_name: plan.role.as_ref().map(|role| role.name.clone()),
        issuer: federation.map(|federation| federation.issuer.to_owned()),
        subject: federation.map(|federation| federation.subject.to_owned()),
        audience: federation.map(|federation| federation.audience.to_owned()),
        steps: steps::steps(&plan)?,
        trust_policy: plan.role.as_ref().map(|role| role.trust.value()),
        permission_policy: plan.permission.as_ref().map(|policy| policy.value()),
        bucket_policy: by_bucket(plan.bucket_policies.iter().map(|(bucket, policy)| (bucket, policy.value()))),
        kms_key_policy: plan.keys.first().map(|(_, policy)| policy.value()),
        cors: by_bucket(plan.cors.iter().map(|(bucket, cors)| (bucket, cors.value()))),
        probe_keys: probe_keys(&plan),
        commands: commands::commands(&plan)?,
        terraform: terraform::terraform(&plan)?,
        notes: notes::notes(&plan),
    })
}

fn by_bucket<'a>(documents: impl Iterator<Item = (&'a String, Value)>) -> Option<Value> {
    let mut all: BTreeMap<&String, Value> = documents.collect();
    if all.len() > 1 {
        return Some(serde_json::json!(all));
    }
    all.pop_first().map(|(_, document)| document)
}

fn probe_keys(plan: &Plan<'_>) -> Vec<String> {
    let prefixes: BTreeSet<&str> = plan.places.iter().map(|place| place.prefix.as_str()).collect();
    prefixes.into_iter().map(|prefix| format!("{prefix}{PROBE}*")).collect()
}

#[cfg(test)]
mod tests;
