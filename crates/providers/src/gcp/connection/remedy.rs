//! What mends a check that did not pass: the role binding and its command where one does, else a sentence.

use cloud_policy::gcp::{self, RoleGrant, TOKEN_CREATOR};
use cloud_policy::quote::shell;
use domain::proof::{CheckName, Remedy};
use domain::provider::{ProviderError, RemedyAsk};
use domain::scope::{Access, Scope};
use serde_json::json;

use super::{Identity, Pool, Shared};
use crate::setup::for_terraform;

/// The refusal to act for an account, with whom the account must let act.
pub(super) fn may_not_act(error: ProviderError, email: &str, member: &str) -> ProviderError {
    if !error.kind.is_refusal() {
        return error;
    }
    let hint = format!("give {TOKEN_CREATOR} on {email} to {member}; a new binding takes a minute or two");
    error.with_hint(hint)
}

impl Shared {
    /// The binding, setting or command for a check.
    pub(super) fn mend(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        match check {
            // The rules of a bucket are part of its own resource, which no set-up makes.
            CheckName::Cors => mend_cors(ask),
            _ => self.mend_rights(check, ask).map(for_terraform),
        }
    }

    fn mend_rights(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        match check {
            CheckName::EgressAllowed => say(
                "the operator permits private addresses by adding their range to egress.allow; link-local and metadata addresses are never permitted",
            ),
            CheckName::Reachable => say("the operator checks the proxy, and the addresses in [gcp] if there are any"),
            CheckName::ClockSkew => say("set the server's clock, for example with chrony or systemd-timesyncd"),
            CheckName::Authenticates => self.mend_identity(),
            CheckName::AssumesRole => self.pool().and_then(mend_account),
            CheckName::RefusesMissingExternalId | CheckName::RefusesWrongExternalId => self.pool().map(mend_trust),
            CheckName::BaseIdentityBare => say("take all roles from the subject but the one on the service account"),
            CheckName::Region => say("check the name of the bucket"),
            CheckName::List | CheckName::Read | CheckName::ReadBack => self.mend_right(Access::Read, ask),
            CheckName::SignedUrl => self.mend_signing(ask),
            CheckName::WriteProbe | CheckName::OverwriteProbe | CheckName::DeleteProbe | CheckName::Cleanup => {
                self.mend_right(Access::ReadWrite, ask)
            }
            CheckName::Encryption => say("leave the encryption of the datasource out: Google encrypts every object"),
            CheckName::ScopedCredential | CheckName::ScopeRefusesSibling | CheckName::ScopeRefusesOtherVerbs => {
                mend_access(ask)
            }
            CheckName::ExcessWrite
            | CheckName::ExcessOtherPrefix
            | CheckName::ExcessOtherBucket
            | CheckName::ExcessAdministration => self.mend_excess(ask),
            CheckName::Settings | CheckName::Cors | CheckName::Latency => None,
        }
    }

    fn pool(&self) -> Option<&Pool> {
        match &self.identity {
            Identity::Key(_) => None,
            Identity::Pool(pool) => Some(pool),
        }
    }

    fn mend_identity(&self) -> Option<Remedy> {
        match &self.identity {
            Identity::Key(key) => Some(Remedy {
                summary: format!("check that the key {} of {} is there and active", key.key_id, key.email),
                policy: None,
                command: Some(format!("gcloud iam service-accounts keys list --iam-account={}", shell(&key.email))),
            }),
            Identity::Pool(pool) if pool.shared => {
                say("the operator checks gcp.identity_audience, and that the pool there trusts this server's issuer")
            }
            Identity::Pool(pool) => Some(mend_trust(pool)),
        }
    }

    fn mend_right(&self, access: Access, ask: &RemedyAsk) -> Option<Remedy> {
        let what = if access.writes() { "write" } else { "list and read" };
        let (grant, place) = (grants(access, ask)?.pop()?, shown(ask));
        let (member, whom) = self.member();
        Some(Remedy {
            summary: format!("let {whom} {what} objects under {place}: give it {} with this binding", grant.role),
            policy: Some(gcp::binding(&grant, &member)),
            command: Some(gcp::bind_command(&grant, &member)),
        })
    }

    fn mend_signing(&self, ask: &RemedyAsk) -> Option<Remedy> {
        match self.pool() {
            None => self.mend_right(Access::Read, ask),
            Some(pool) => mend_account(pool),
        }
    }

    fn mend_excess(&self, ask: &RemedyAsk) -> Option<Remedy> {
        let access = if ask.purpose.writes() { Access::ReadWrite } else { Access::Read };
        let (grant, place) = (grants(access, ask)?.pop()?, shown(ask));
        let (member, whom) = self.member();
        Some(Remedy {
            summary: format!(
                "let this binding, and those of other datasources, be the only ones of {whom}, on the bucket and on its \
                 project: it is all that {place} needs"
            ),
            policy: Some(gcp::binding(&grant, &member)),
            command: Some(gcp::bind_command(&grant, &member)),
        })
    }

    /// Whom bindings of a bucket name, and in words.
    fn member(&self) -> (String, String) {
        let account = match &self.identity {
            Identity::Key(key) => Some(&key.email),
            Identity::Pool(pool) => pool.service_account.as_ref(),
        };
        match (account, self.pool()) {
            (Some(email), _) => (format!("serviceAccount:{email}"), format!("the service account {email}")),
            (None, Some(pool)) => (pool.member(), "Tidegate's subject".to_owned()),
            (None, None) => (String::new(), String::new()),
        }
    }
}

fn say(sentence: &str) -> Option<Remedy> {
    Some(Remedy::say(sentence))
}

fn grants(access: Access, ask: &RemedyAsk) -> Option<Vec<RoleGrant>> {
    let scope = Scope { bucket: ask.bucket.clone()?, prefix: ask.prefix.clone(), access, kms_key_arn: None };
    gcp::role_grants(std::slice::from_ref(&scope)).ok()
}

fn shown(ask: &RemedyAsk) -> String {
    ask.bucket.as_ref().map(|bucket| format!("{bucket}/{}", ask.prefix)).unwrap_or_default()
}

/// Who may act for the account.
fn mend_account(pool: &Pool) -> Option<Remedy> {
    let (email, member) = (pool.service_account.as_ref()?, pool.member());
    Some(Remedy {
        summary: format!(
            "let Tidegate act for {email}, for tokens and for signatures; the service iamcredentials.googleapis.com must be \
             switched on in its project"
        ),
        policy: Some(json!({"bindings": [{"role": TOKEN_CREATOR, "members": [member]}]})),
        command: Some(format!(
            "gcloud iam service-accounts add-iam-policy-binding {} --role={TOKEN_CREATOR} --member={}",
            shell(email),
            shell(&member)
        )),
    })
}

/// Who is let in at all.
fn mend_trust(pool: &Pool) -> Remedy {
    let subject = pool.subject();
    if pool.shared {
        let email = pool.service_account.as_deref().unwrap_or_default();
        return Remedy {
            summary: format!(
                "let only this member act for {email}: take the roles of all wider ones, such as principalSet, away"
            ),
            policy: Some(json!({"bindings": [{"role": TOKEN_CREATOR, "members": [pool.member()]}]})),
            command: Some(format!("gcloud iam service-accounts get-iam-policy {}", shell(email))),
        };
    }
    let condition = format!("assertion.sub == '{subject}'");
    let (names, issuer) = (pool.provider.names(), &pool.tokens.subject().issuer);
    Remedy {
        summary: format!("let the pool's provider trust the issuer {issuer} and require this subject"),
        policy: Some(json!({
            "oidc": {"issuerUri": issuer},
            "attributeMapping": {"google.subject": "assertion.sub"},
            "attributeCondition": condition,
        })),
        command: Some(format!(
            "gcloud iam workload-identity-pools providers update-oidc {} --project={} --location=global \
             --workload-identity-pool={} --issuer-uri={} --attribute-condition={}",
            shell(names.provider),
            shell(names.project_number),
            shell(names.pool),
            shell(issuer),
            shell(&condition)
        )),
    }
}

fn mend_cors(ask: &RemedyAsk) -> Option<Remedy> {
    let origin = ask.cors_origin.as_deref()?;
    let policy = gcp::cors_document(origin, ask.purpose.writes());
    let command = ask.bucket.as_ref().map(|bucket| {
        let write = format!("printf '%s\\n' {} > cors.json", shell(&policy.to_string()));
        format!("{write} && gcloud storage buckets update gs://{bucket} --cors-file=cors.json")
    });
    let summary = format!("let web pages of {origin} load objects: apply this CORS document to the bucket");
    Some(Remedy { summary, policy: Some(policy), command })
}

fn mend_access(ask: &RemedyAsk) -> Option<Remedy> {
    let bucket = ask.bucket.as_ref()?;
    Some(Remedy {
        summary: format!("let IAM alone decide on {bucket}: narrowed credentials need uniform bucket-level access"),
        policy: None,
        command: Some(format!("gcloud storage buckets update gs://{bucket} --uniform-bucket-level-access")),
    })
}
