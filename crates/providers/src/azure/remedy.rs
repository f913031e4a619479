//! What mends a check that did not pass: the role assignment where one does, else a sentence.

use cloud_policy::quote;
use domain::proof::{CheckName, Remedy};
use domain::provider::{IssuedSubject, RemedyAsk, SetupPlace};
use serde_json::{Value, json};

use super::connection::{AzureConnection, Base};
use super::grants::{self, Assignment, DELEGATOR};
use crate::setup::for_terraform;

impl AzureConnection {
    /// The role, setting or command for a check.
    pub(super) fn mend(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        match check {
            // The rules of an account are part of its own resource, which no set-up makes.
            CheckName::Cors => self.mend_cors(ask),
            _ => self.mend_rights(check, ask).map(for_terraform),
        }
    }

    fn mend_rights(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        match check {
            CheckName::EgressAllowed => say(
                "the operator permits private addresses by adding their range to egress.allow; link-local and metadata addresses are never permitted",
            ),
            CheckName::Reachable => {
                say("check the name of the storage account, and cloud or endpoint where they are set")
            }
            CheckName::ClockSkew => say("set the server's clock, for example with chrony or systemd-timesyncd"),
            CheckName::Authenticates => self.mend_identity(),
            CheckName::AssumesRole | CheckName::RefusesWrongExternalId => self.mend_trust(),
            CheckName::Region => {
                say("set hierarchical to false, or name the account that has a hierarchical namespace")
            }
            CheckName::List
            | CheckName::Read
            | CheckName::ReadBack
            | CheckName::WriteProbe
            | CheckName::OverwriteProbe
            | CheckName::DeleteProbe
            | CheckName::Cleanup => self.mend_right(ask),
            CheckName::ScopedCredential if !self.shared.hierarchical && !ask.prefix.as_str().is_empty() => say(
                "keep the data in a container of its own, or set hierarchical to true if the account has a hierarchical \
                 namespace; signed URLs work without either",
            ),
            CheckName::SignedUrl | CheckName::ScopedCredential => self.mend_signing(ask),
            CheckName::ExcessWrite
            | CheckName::ExcessOtherPrefix
            | CheckName::ExcessOtherBucket
            | CheckName::ExcessAdministration => self.mend_excess(ask),
            CheckName::Settings
            | CheckName::Cors
            | CheckName::BaseIdentityBare
            | CheckName::RefusesMissingExternalId
            | CheckName::Encryption
            | CheckName::ScopeRefusesSibling
            | CheckName::ScopeRefusesOtherVerbs
            | CheckName::Latency => None,
        }
    }

    fn mend_identity(&self) -> Option<Remedy> {
        match &self.shared.base {
            Base::Application { federated: Some(_), .. } => self.mend_trust(),
            Base::Application { federated: None, .. } => {
                say("check tenant_id and client_id, and make a new client secret if the one that is stored has ended")
            }
            Base::Account(_) => say(
                "give one of the two keys that the account has now; an account that forbids keys needs azure-federated or azure-client-secret",
            ),
            Base::Pasted(_) => say("make a new shared access signature: its key may have been renewed since"),
        }
    }

    fn mend_trust(&self) -> Option<Remedy> {
        let Base::Application { tokens, federated: Some(federated) } = &self.shared.base else { return None };
        let document = federated_credential(&federated.subject, federated.audience);
        let command = add_credential(&tokens.login().client_id, &document);
        Some(Remedy {
            summary:
                "the application needs exactly this federated credential: issuer, subject and audience letter for \
                      letter, and no other one that admits tokens of this issuer"
                    .to_owned(),
            policy: Some(document),
            command: Some(command),
        })
    }

    fn mend_right(&self, ask: &RemedyAsk) -> Option<Remedy> {
        let place = place(ask)?;
        let shown = format!("{}/{}", place.bucket, place.prefix);
        match &self.shared.base {
            Base::Account(_) => say("the key of an account may do everything: check the account's firewall and locks"),
            Base::Pasted(_) => Some(Remedy::say(format!(
                "make a shared access signature that may {} in {}",
                if place.purpose.writes() { "read, list, create, write and delete" } else { "read and list" },
                place.bucket
            ))),
            Base::Application { .. } => self.assign(
                &[place],
                format!("give the application this role for {shown}; Azure takes up to ten minutes to spread it"),
            ),
        }
    }

    fn mend_signing(&self, ask: &RemedyAsk) -> Option<Remedy> {
        match &self.shared.base {
            Base::Application { .. } => {
                let signs = Assignment { role: DELEGATOR, container: None, condition: None };
                Some(Remedy {
                    summary: format!(
                        "give the application the role {DELEGATOR} on the storage account, beside its role on the container"
                    ),
                    policy: Some(grants::document(std::slice::from_ref(&signs), &self.address.account)),
                    command: Some(self.command(&signs)),
                })
            }
            Base::Account(_) | Base::Pasted(_) => self.mend_right(ask),
        }
    }

    fn mend_excess(&self, ask: &RemedyAsk) -> Option<Remedy> {
        let place = place(ask)?;
        match &self.shared.base {
            Base::Application { .. } => self.assign(
                &[place],
                "replace the roles of the application by these, and those of other datasources: they are all that it needs"
                    .to_owned(),
            ),
            Base::Account(_) => {
                say("the key of an account cannot be narrowed: use azure-federated or azure-client-secret")
            }
            Base::Pasted(_) => Some(Remedy::say(format!(
                "make a shared access signature for the container {} alone, with no more rights than the purpose needs",
                place.bucket
            ))),
        }
    }

    fn mend_cors(&self, ask: &RemedyAsk) -> Option<Remedy> {
        let origin = ask.cors_origin.as_deref()?;
        let writes = ask.purpose.writes();
        Some(Remedy {
            summary: format!(
                "let web pages of {origin} load objects: add this rule to the blob service of the account"
            ),
            policy: Some(json!([grants::cors_rule(origin, writes)])),
            command: Some(grants::cors_command(&self.address.account, origin, writes)),
        })
    }

    fn assign(&self, places: &[SetupPlace], summary: String) -> Option<Remedy> {
        let Ok(all) = grants::assignments(places, true) else { return Some(Remedy::say(summary)) };
        let commands: Vec<String> = all.iter().map(Assignment::command).collect();
        Some(Remedy {
            summary,
            policy: Some(grants::document(&all, &self.address.account)),
            command: Some(format!("{}; {}", self.variables(), commands.join("; "))),
        })
    }

    fn command(&self, assignment: &Assignment) -> String {
        format!("{}; {}", self.variables(), assignment.command())
    }

    fn variables(&self) -> String {
        let client_id = match &self.shared.base {
            Base::Application { tokens, .. } => tokens.login().client_id.as_str(),
            Base::Account(_) | Base::Pasted(_) => "CLIENT_ID",
        };
        variables(&self.address.account, client_id)
    }
}

/// What the commands of role assignments refer to.
pub(super) fn variables(account: &str, client_id: &str) -> String {
    format!(
        "ACCOUNT_ID=$(az storage account show --name {} --query id --output tsv); \
         PRINCIPAL_ID=$(az ad sp show --id {} --query id --output tsv)",
        quote::shell(account),
        quote::shell(client_id)
    )
}

/// The credential of the application that trusts Tidegate's issuer ("federatedIdentityCredential", Microsoft Graph).
pub(super) fn federated_credential(subject: &IssuedSubject, audience: &str) -> Value {
    json!({
        "name": "tidegate",
        "issuer": subject.issuer,
        "subject": subject_of(subject),
        "audiences": [audience],
        "description": "Tokens of Tidegate for one integration",
    })
}

/// The subject of the integration; before it has a name, the name is to be filled in.
pub(super) fn subject_of(subject: &IssuedSubject) -> String {
    subject.integration.clone().unwrap_or_else(|| format!("{}:integration:NAME", subject.project))
}

/// A command that adds it.
pub(super) fn add_credential(client_id: &str, document: &Value) -> String {
    format!(
        "az ad app federated-credential create --id {} --parameters {}",
        quote::shell(client_id),
        quote::shell(&document.to_string())
    )
}

fn say(sentence: &str) -> Option<Remedy> {
    Some(Remedy::say(sentence))
}

fn place(ask: &RemedyAsk) -> Option<SetupPlace> {
    Some(SetupPlace {
        bucket: ask.bucket.clone()?,
        prefix: ask.prefix.clone(),
        purpose: ask.purpose,
        sse: ask.sse.clone(),
        cors_origin: ask.cors_origin.clone(),
    })
}
