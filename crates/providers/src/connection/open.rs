//! Opening sessions: a role is assumed, a key pair is used as it is or narrowed.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use domain::provider::{
    ExternalIdSent, IdentityTokens, NarrowedBy, ProviderError, ProviderErrorKind as Kind, SessionAsk, Whose,
};
use domain::scope::Scope;
use domain::ttl;

use super::session::S3Session;
use super::spec::{Base, MIN_SESSION};
use super::{S3Connection, policy_error};
use crate::sts::{self, AssumeRole, Service, Tags};

const ASSUME: &str = "sts:AssumeRole";
const EXCHANGE: &str = "sts:AssumeRoleWithWebIdentity";
const FEDERATE: &str = "sts:GetFederationToken";

/// What MinIO wants to see and does not look at.
const ANY_ROLE: &str = "arn:aws:iam::000000000000:role/tidegate";

impl S3Connection {
    /// Opens a session, with everything that is known to be impossible refused first.
    pub(super) async fn open(&self, ask: &SessionAsk) -> Result<Arc<S3Session>, ProviderError> {
        match (self.role_arn(&ask.tags.properties)?, &ask.scope) {
            (Some(role_arn), scope) => {
                let policy = scope.as_ref().map(|scope| self.policy(scope, ASSUME)).transpose()?;
                self.assume(ask, &role_arn, policy.as_deref()).await
            }
            (None, None) => Ok(self.session(self.spec.base.keys().await?, None, false)),
            (None, Some(scope)) => self.narrow(ask, scope).await,
        }
    }

    async fn assume(
        &self,
        ask: &SessionAsk,
        role_arn: &str,
        policy: Option<&str>,
    ) -> Result<Arc<S3Session>, ProviderError> {
        let duration = self.duration(ask.ttl, ASSUME)?;
        if let Base::Token { tokens, audience } = &self.spec.base {
            return self.exchange(tokens.as_ref(), audience, ask, role_arn, policy, duration).await;
        }
        let keys = self.spec.base.keys().await?;
        let external_id = self.spec.role.as_ref().and_then(|role| role.external_id.as_deref());
        let wrong = external_id.map(wrong_external_id);
        let external_id = match ask.external_id {
            ExternalIdSent::Right => external_id,
            ExternalIdSent::Missing => None,
            ExternalIdSent::Wrong => wrong.as_deref(),
        };
        let tags = Tags { project: &ask.tags.project, principal: &ask.tags.principal };
        let tagged = self.spec.preset.sts.is_some_and(|sts| sts.tags);
        let asked = AssumeRole { role_arn, external_id, policy, duration, tags, tagged };
        let opened = sts::assume_role(&self.wire, self.sts(ASSUME)?, &keys, &asked).await?;
        Ok(self.session(opened.keys, opened.arn, true))
    }

    /// Exchanges a token for a session: that of the integration, or, for a proof, that of a stranger.
    async fn exchange(
        &self,
        tokens: &dyn IdentityTokens,
        audience: &str,
        ask: &SessionAsk,
        role_arn: &str,
        policy: Option<&str>,
        duration: Duration,
    ) -> Result<Arc<S3Session>, ProviderError> {
        let whose = match ask.external_id {
            ExternalIdSent::Right => Whose::Integration,
            ExternalIdSent::Missing | ExternalIdSent::Wrong => Whose::Stranger,
        };
        let token = tokens.token(whose, audience).await.map_err(|error| {
            ProviderError::new(Kind::Unavailable, EXCHANGE, format!("Tidegate could not make its token: {error}"))
        })?;
        let service = self.sts(EXCHANGE)?;
        let asked = sts::WebIdentity { role_arn, token: &token, policy, duration, principal: &ask.tags.principal };
        let opened = sts::assume_role_with_web_identity(&self.wire, service, &asked).await?;
        Ok(self.session(opened.keys, opened.arn, true))
    }

    async fn narrow(&self, ask: &SessionAsk, scope: &Scope) -> Result<Arc<S3Session>, ProviderError> {
        match &self.facts.narrowed_by {
            NarrowedBy::SessionPolicy => {
                let policy = self.policy(scope, ASSUME)?;
                self.assume(ask, ANY_ROLE, Some(&policy)).await
            }
            NarrowedBy::FederationToken => {
                let policy = self.policy(scope, FEDERATE)?;
                let duration = self.duration(ask.ttl, FEDERATE)?;
                let keys = self.spec.base.keys().await?;
                let service = self.sts(FEDERATE)?;
                let opened =
                    sts::get_federation_token(&self.wire, service, &keys, &ask.tags.principal, &policy, duration);
                let opened = opened.await.map_err(|error| match error.kind {
                    Kind::Denied | Kind::NotImplemented => error
                        .with_hint("allow sts:GetFederationToken to the user of this key pair, or use a gateway key"),
                    _ => error,
                })?;
                Ok(self.session(opened.keys, opened.arn, true))
            }
            NarrowedBy::Nothing { why } => Err(ProviderError::new(Kind::Unsupported, "credential", why.clone())
                .with_hint("use a gateway key: the gateway narrows every request itself")),
            NarrowedBy::AccessBoundary | NarrowedBy::Sas => {
                Err(ProviderError::new(Kind::Unsupported, "credential", "S3 has no such credentials"))
            }
        }
    }

    fn policy(&self, scope: &Scope, operation: &'static str) -> Result<String, ProviderError> {
        cloud_policy::session_policy(self.spec.preset.dialect, &self.spec.partition, scope)
            .map_err(|error| policy_error(error, operation))
    }

    /// The duration to ask for: never below what an STS gives, never above a limit that is known.
    fn duration(&self, asked: Duration, operation: &'static str) -> Result<Duration, ProviderError> {
        let asked = asked.max(MIN_SESSION);
        match self.facts.max_session {
            Some(limit) if asked > limit => {
                let (limit, asked) = (ttl::show(limit), ttl::show(asked));
                let whose = if limit == "1h" && self.facts.assumes_role {
                    "for a role that is assumed with the keys of another session"
                } else {
                    "for such a session"
                };
                let message =
                    format!("{} gives at most {limit} {whose}; {asked} were asked for", self.spec.preset.title);
                Err(ProviderError::new(Kind::TtlTooLong, operation, message)
                    .with_hint(format!("ask for {limit} or less")))
            }
            _ => Ok(asked),
        }
    }

    pub(super) fn sts(&self, operation: &'static str) -> Result<&Service, ProviderError> {
        self.spec.sts.as_ref().ok_or_else(|| {
            let message = format!("{} has no STS that Tidegate knows of", self.spec.preset.title);
            ProviderError::new(Kind::Unsupported, operation, message).with_hint("give its address as sts_endpoint")
        })
    }
}

/// Another external id of the same form and length, always the same one.
fn wrong_external_id(right: &str) -> String {
    let digest = digest(&SHA256, right.as_bytes());
    let mut hex = digest.as_ref().iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).map(char::from).cycle();
    right.chars().map(|c| if c.is_ascii_alphanumeric() { hex.next().unwrap_or('0') } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_external_id_differs_in_nothing_but_its_value() {
        let right = "tidegate-7f0c0b7f9f1d4c0c8a5a1c1b2d3e4f50";
        let wrong = wrong_external_id(right);
        assert_ne!(wrong, right);
        assert_eq!(wrong.len(), right.len());
        assert!(wrong.contains('-'));
        assert_eq!(wrong, wrong_external_id(right));
    }
}
