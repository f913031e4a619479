//! One live connection to AWS S3 or a store that speaks its language.
//!
//! All methods end here: they differ in whose keys stand behind it and in what their settings say. Long-lived
//! keys are never handed out, and known limits are checked before anything is asked of the provider.

mod cut_off;
mod open;
mod probe;
mod remedy;
mod session;
mod spec;

pub(crate) use spec::{Base, RoleSpec, Spec};

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cloud_policy::PolicyError;
use domain::proof::{CheckName, Remedy};
use domain::provider::{
    Connection, CutOff, Facts, Finding, Probe, ProviderError, ProviderErrorKind as Kind, RemedyAsk, Session,
    SessionAsk, SessionTags,
};
use jiff::Timestamp;

use crate::registry::Deps;
use crate::signed::Wire;

/// A connection of checked settings.
pub(crate) struct S3Connection {
    wire: Wire,
    spec: Spec,
    facts: Facts,
}

impl S3Connection {
    pub(crate) fn new(deps: &Deps, spec: Spec) -> Arc<Self> {
        let wire = Wire { transport: deps.transport.clone(), clock: deps.clock.clone() };
        let facts = spec.facts();
        Arc::new(Self { wire, spec, facts })
    }

    /// The role's ARN for a principal.
    fn role_arn(&self, properties: &BTreeMap<String, String>) -> Result<Option<String>, ProviderError> {
        let Some(role) = &self.spec.role else { return Ok(None) };
        role.arn.resolve(properties).map(Some).map_err(|missing| {
            ProviderError::new(Kind::MissingProperty, "sts:AssumeRole", missing.to_string())
                .with_hint("an administrator sets it with: tidegate user set-property")
        })
    }
}

/// The meaning of a policy that cannot be made.
fn policy_error(error: PolicyError, operation: &'static str) -> ProviderError {
    match error {
        PolicyError::NotExpressible { reason } => ProviderError::new(Kind::NotExpressible, operation, reason)
            .with_hint("choose another prefix, or use a gateway key: it needs no policy of the store"),
        PolicyError::TooLarge { .. } => ProviderError::new(Kind::PolicyTooLarge, operation, error.to_string())
            .with_hint("choose a shorter prefix, or use a gateway key: it needs no policy of the store"),
    }
}

#[async_trait]
impl Connection for S3Connection {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn probe(&self, probe: &Probe) -> Finding {
        match probe {
            Probe::Reach => self.reach().await,
            Probe::Authenticate => self.authenticate().await,
            Probe::BaseReaches { bucket } => self.base_reaches(bucket.as_ref()).await,
            Probe::Region { tags, bucket } => self.region(tags, bucket.as_ref()).await,
        }
    }

    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
        let session: Arc<dyn Session> = self.open(ask).await?;
        Ok(session)
    }

    fn remedy(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        self.mend(check, ask)
    }

    async fn cut_off(&self, tags: &SessionTags, before: Timestamp) -> Result<CutOff, ProviderError> {
        self.deny_older(tags, before).await
    }
}
