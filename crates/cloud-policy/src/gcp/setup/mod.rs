//! What a customer applies on Google Cloud, in every form: steps, documents, commands, Terraform.
//!
//! All forms are written from one [`Plan`], so they cannot say different things. What is not known yet, the
//! customer's project, is asked of the shell or is a variable.

mod commands;
mod plan;
mod steps;
mod terraform;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::provider::{Setup, SetupAsk};
use serde_json::{Value, json};

use super::grant::RoleGrant;
use crate::PolicyError;
use plan::Plan;

/// Gives tokens and signatures of a service account to whoever acts for it; the narrower
/// `roles/iam.workloadIdentityUser` gives no signatures (Google's IAM documentation, "Service account roles").
pub const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";

/// Who reaches the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access<'a> {
    /// A service account whose key Tidegate keeps.
    Key,
    /// A service account for which a subject of the operator's pool acts.
    OperatorsPool {
        /// The subject, as role bindings name it.
        member: &'a str,
    },
    /// A subject of the customer's own pool, which trusts the tokens that Tidegate issues.
    OwnPool {
        /// Who issues the tokens.
        issuer: &'a str,
        /// Of whom they speak.
        subject: &'a str,
        /// The pool's provider, where it is known.
        provider: Option<PoolNames<'a>>,
        /// Whether the subject acts for a service account, or reaches the data itself.
        acts_for_account: bool,
    },
}

/// The parts of the name of a pool's provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolNames<'a> {
    /// The number of the project that has the pool.
    pub project_number: &'a str,
    /// The pool.
    pub pool: &'a str,
    /// The provider.
    pub provider: &'a str,
}

/// Everything to apply, for one place or for all places of an integration.
///
/// `permission_policy` holds the role bindings of the bucket where there is one bucket, and bindings by the name
/// of the bucket where there are several; `trust_policy` is the binding of the service account, and for a pool of
/// the customer's own also the pool's provider.
///
/// # Errors
/// As [`role_grants`](super::role_grants).
pub fn setup(access: Access<'_>, ask: &SetupAsk) -> Result<Setup, PolicyError> {
    let plan = Plan::new(access, ask)?;
    let (issuer, subject) = match access {
        Access::OwnPool { issuer, subject, .. } => (Some(issuer.to_owned()), Some(subject.to_owned())),
        Access::OperatorsPool { member } => {
            (None, member.rsplit_once("/subject/").map(|(_, subject)| subject.to_owned()))
        }
        Access::Key => (None, None),
    };
    Ok(Setup {
        principal_arn: None,
        external_id: None,
        role_name: None,
        issuer,
        subject,
        audience: plan.provider().map(|provider| format!("https:{provider}")),
        steps: steps::steps(&plan),
        trust_policy: plan.trust(),
        permission_policy: by_bucket(plan.bindings()),
        bucket_policy: None,
        kms_key_policy: None,
        cors: by_bucket(plan.cors.clone()),
        probe_keys: plan.probe_keys(),
        commands: commands::commands(&plan),
        terraform: terraform::terraform(&plan),
        notes: steps::notes(&plan),
    })
}

/// The settings that the set-up makes known: what Tidegate is told once it was applied.
///
/// # Errors
/// As [`setup`].
pub fn made(access: Access<'_>, ask: &SetupAsk) -> Result<Vec<(&'static str, String)>, PolicyError> {
    let plan = Plan::new(access, ask)?;
    let account = plan.account.as_ref().map(|account| ("service_account", account.email.clone()));
    Ok(plan.provider().map(|provider| ("audience", provider)).into_iter().chain(account).collect())
}

/// The policy of a bucket that gives a member a role there.
pub fn binding(grant: &RoleGrant, member: &str) -> Value {
    json!({"bindings": [one_binding(grant, member)]})
}

/// The commands that give a member a role on a bucket, as one line for a POSIX shell.
pub fn bind_command(grant: &RoleGrant, member: &str) -> String {
    commands::bind(grant, &crate::quote::shell(member), "tidegate-condition.json").join(" && ")
}

/// The CORS document of a bucket whose objects a web page of this origin loads, and writes if `writes`.
pub fn cors_document(origin: &str, writes: bool) -> Value {
    let (mut methods, mut headers) = (vec!["GET", "HEAD"], vec!["Content-Type", "Content-Range", "ETag"]);
    headers.extend(["Range", "x-goog-generation"]);
    if writes {
        methods.push("PUT");
        headers.push("Content-MD5");
    }
    json!([{"origin": [origin], "method": methods, "responseHeader": headers, "maxAgeSeconds": 3600}])
}

fn one_binding(grant: &RoleGrant, member: &str) -> Value {
    let mut binding = json!({"role": grant.role, "members": [member]});
    if let (Some(condition), Some(binding)) = (&grant.condition, binding.as_object_mut()) {
        binding.insert("condition".to_owned(), json!(condition));
    }
    binding
}

fn by_bucket(mut all: BTreeMap<String, Value>) -> Option<Value> {
    if all.len() > 1 {
        return Some(json!(all));
    }
    all.pop_first().map(|(_, document)| document)
}
