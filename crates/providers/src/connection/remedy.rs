//! What mends a check that did not pass: the policy where one does, else a sentence.

use cloud_policy::remedy::{Need, missing, narrowed};
use domain::place::BucketName;
use domain::proof::{CheckName, Remedy};
use domain::provider::{IssuedSubject, RemedyAsk, SetupPlace};
use serde_json::Value;

use super::{Base, RoleSpec, S3Connection};

impl S3Connection {
    /// The policy, setting or command for a check.
    pub(super) fn mend(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        match check {
            CheckName::EgressAllowed => say(
                "the operator permits private addresses by adding their range to egress.allow; link-local and metadata addresses are never permitted",
            ),
            CheckName::Reachable => say("check the endpoint: scheme, host and port of the store's API, without a path"),
            CheckName::ClockSkew => say("set the server's clock, for example with chrony or systemd-timesyncd"),
            CheckName::Authenticates => self.mend_keys(),
            CheckName::AssumesRole | CheckName::RefusesMissingExternalId | CheckName::RefusesWrongExternalId => {
                let role = self.spec.role.as_ref()?;
                Some(match &self.spec.base {
                    Base::Token { tokens, audience } => mend_federation(role, tokens.subject(), audience),
                    _ => mend_trust(role),
                })
            }
            CheckName::BaseIdentityBare => self.spec.role.as_ref().map(mend_base),
            CheckName::Region => Some(mend_region(ask)),
            CheckName::List => self.mend_right(Need::List, ask),
            CheckName::Read | CheckName::ReadBack | CheckName::SignedUrl => self.mend_right(Need::Read, ask),
            CheckName::WriteProbe | CheckName::OverwriteProbe => self.mend_right(Need::Write, ask),
            CheckName::DeleteProbe | CheckName::Cleanup => self.mend_right(Need::Delete, ask),
            CheckName::Encryption => self.mend_right(Need::Kms, ask),
            CheckName::Cors => mend_cors(ask),
            CheckName::ExcessWrite
            | CheckName::ExcessOtherPrefix
            | CheckName::ExcessOtherBucket
            | CheckName::ExcessAdministration => self.mend_excess(ask),
            CheckName::Settings
            | CheckName::ScopedCredential
            | CheckName::ScopeRefusesSibling
            | CheckName::ScopeRefusesOtherVerbs
            | CheckName::Latency => None,
        }
    }

    fn mend_keys(&self) -> Option<Remedy> {
        match self.facts.base {
            domain::provider::BaseIdentity::Own | domain::provider::BaseIdentity::Ambient => {
                say("the operator checks the server's own identity: aws.identity, or the role of the machine")
            }
            _ => say("check the access key: that it is active, and that the secret belongs to it"),
        }
    }

    fn mend_right(&self, need: Need, ask: &RemedyAsk) -> Option<Remedy> {
        let place = place(ask)?;
        let (what, whom) = (said(need), self.whom());
        match missing(self.spec.preset.dialect, &self.spec.partition, need, &place) {
            Ok(statement) => Some(Remedy {
                summary: format!("let {whom} {what} under {}: add this statement to its policy", shown(&place)),
                policy: Some(statement),
                command: None,
            }),
            Err(_) => Some(Remedy::say(format!("let {whom} {what} under {}", shown(&place)))),
        }
    }

    fn mend_excess(&self, ask: &RemedyAsk) -> Option<Remedy> {
        let place = place(ask)?;
        let whom = self.whom();
        match narrowed(self.spec.preset.dialect, &self.spec.partition, &place) {
            Ok(policy) => Some(Remedy {
                summary: format!(
                    "replace the policies of {whom} by this one, which is all that {} needs; \
                     'integration setup' prints one for all datasources together",
                    shown(&place)
                ),
                policy: Some(policy),
                command: None,
            }),
            Err(_) => Some(Remedy::say(format!("limit {whom} to {}", shown(&place)))),
        }
    }

    fn whom(&self) -> String {
        match &self.spec.role {
            Some(role) => format!("the role {}", role.arn.role_name()),
            None => "the user of this key pair".to_owned(),
        }
    }
}

fn say(sentence: &str) -> Option<Remedy> {
    Some(Remedy::say(sentence))
}

fn said(need: Need) -> &'static str {
    match need {
        Need::List => "list",
        Need::Read => "read objects",
        Need::Write => "write objects",
        Need::Delete => "delete objects",
        Need::Kms => "use the encryption key for objects",
    }
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

fn shown(place: &SetupPlace) -> String {
    format!("{}/{}", place.bucket, place.prefix)
}

fn mend_trust(role: &RoleSpec) -> Remedy {
    let name = role.arn.role_name();
    let external_id = role.external_id.as_deref();
    let Some(principal) = &role.principal_arn else {
        let summary = format!(
            "let the trust policy of {name} allow sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity to the user of this key pair{}",
            external_id.map(|id| format!(", with the condition that sts:ExternalId is {id}")).unwrap_or_default()
        );
        return Remedy::say(summary);
    };
    let policy = cloud_policy::trust_policy(principal, external_id);
    let command = role.arn.properties().is_empty().then(|| update_trust(&name, &policy));
    Remedy {
        summary: format!("replace the trust policy of the role {name} by this one"),
        policy: Some(policy),
        command,
    }
}

fn mend_federation(role: &RoleSpec, subject: &IssuedSubject, audience: &str) -> Remedy {
    let name = role.arn.role_name();
    let wanted = subject.integration.as_deref().unwrap_or(&subject.project);
    let federation = cloud_policy::Federation { issuer: &subject.issuer, subject: wanted, audience };
    let provider =
        format!("arn:{}:iam::{}:oidc-provider/{}", role.arn.partition(), role.arn.account(), federation.name());
    let policy = cloud_policy::federated_trust_policy(&provider, &federation);
    Remedy {
        summary: format!(
            "replace the trust policy of the role {name} by this one, and make the issuer {} known with the audience {audience}",
            subject.issuer
        ),
        command: Some(update_trust(&name, &policy)),
        policy: Some(policy),
    }
}

/// The name and the document hold no quote: names of roles, ARNs and external ids have none.
fn update_trust(name: &str, policy: &Value) -> String {
    format!("aws iam update-assume-role-policy --role-name {name} --policy-document '{policy}'")
}

fn mend_base(role: &RoleSpec) -> Remedy {
    Remedy {
        summary: "replace the policies of the base identity by this one: it needs nothing but to assume the role"
            .to_owned(),
        policy: Some(cloud_policy::assume_only_policy(&role.arn.pattern())),
        command: None,
    }
}

fn mend_region(ask: &RemedyAsk) -> Remedy {
    Remedy::say(match &ask.region {
        Some(region) => format!("set region to {region}"),
        None => "set region to the one in which the bucket was made".to_owned(),
    })
}

fn mend_cors(ask: &RemedyAsk) -> Option<Remedy> {
    let origin = ask.cors_origin.as_deref()?;
    let policy = cloud_policy::cors_document(origin, ask.purpose.writes());
    let summary = format!("let web pages of {origin} load objects: apply this CORS document to the bucket");
    let command = ask.bucket.as_ref().map(|bucket: &BucketName| {
        format!("aws s3api put-bucket-cors --bucket {bucket} --cors-configuration file://cors.json")
    });
    Some(Remedy { summary, policy: Some(policy), command })
}
