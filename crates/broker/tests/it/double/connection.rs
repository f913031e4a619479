//! The connection of the double.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::grant::Revocability;
use domain::place::BucketName;
use domain::proof::{CheckName, Remedy};
use domain::provider::{
    BaseIdentity, BoundBy, Connection, ExternalIdSent, Facts, Finding, NarrowedBy, ObjectStorage, Probe, ProviderError,
    ProviderErrorKind, RemedyAsk, Session, SessionAsk, SignAsk, UrlSigner, UrlsBy,
};
use domain::scope::Scope;
use jiff::Timestamp;

use super::storage::StorageDouble;
use super::{WorldDouble, denied};

pub(super) struct ConnectionDouble {
    world: WorldDouble,
    facts: Facts,
}

impl ConnectionDouble {
    pub(super) fn new(world: WorldDouble) -> Self {
        // One look: the guard of each field would live until the end of the whole expression.
        let (conditional_replace, user_properties) = {
            let world = world.lock();
            (world.conditional_replace, world.user_properties.clone())
        };
        let facts = Facts {
            endpoint: "double://".into(),
            public_endpoint: "double://".into(),
            region: None,
            path_style: true,
            base: BaseIdentity::Own,
            assumes_role: true,
            bound_by: BoundBy::ExternalId,
            urls: UrlsBy::Session,
            put_headers: Vec::new(),
            narrowed_by: NarrowedBy::SessionPolicy,
            max_session: Some(Duration::from_secs(3600)),
            max_url: Duration::from_secs(3600),
            revocability: Revocability::AtExpiry,
            conditional_create: true,
            conditional_replace,
            kms: false,
            user_properties,
        };
        Self { world, facts }
    }
}

#[async_trait]
impl Connection for ConnectionDouble {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn probe(&self, probe: &Probe) -> Finding {
        let yes = |region: Option<&str>| Finding::Yes {
            detail: "as scripted".into(),
            clock: None,
            region: region.map(str::to_owned),
        };
        match probe {
            Probe::Reach => yes(None),
            Probe::Authenticate => match self.world.answer("authenticate", "") {
                Ok(()) => yes(None),
                Err(error) if error.kind.is_refusal() => {
                    Finding::No { detail: "the keys are not known".into(), answer: None, region: None }
                }
                Err(error) => Finding::Unclear(error),
            },
            Probe::BaseReaches { .. } => Finding::NotApplicable { reason: "as scripted".into() },
            Probe::Region { .. } => yes(Some(self.world.lock().region.unwrap_or("scripted-1"))),
        }
    }

    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
        self.world.wait("assume").await;
        self.world.answer("assume", &ask.tags.principal)?;
        if ask.external_id != ExternalIdSent::Right && !self.world.lock().trusts_everybody {
            return Err(denied("assume"));
        }
        Ok(Arc::new(SessionDouble { world: self.world.clone(), scope: ask.scope.clone() }))
    }

    fn remedy(&self, check: CheckName, _ask: &RemedyAsk) -> Option<Remedy> {
        Some(Remedy::say(format!("allow what '{check}' needs")))
    }
}

struct SessionDouble {
    world: WorldDouble,
    scope: Option<Scope>,
}

impl Session for SessionDouble {
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn signer(&self, ask: &SignAsk) -> Result<Box<dyn UrlSigner>, ProviderError> {
        let mut world = self.world.lock();
        if world.signs_nothing {
            let message = "what is stored cannot be narrowed";
            return Err(ProviderError::new(ProviderErrorKind::Unsupported, "sign", message));
        }
        world.signed_at.push(ask.now);
        Ok(Box::new(SignerDouble(ask.bucket.clone())))
    }

    fn storage(&self, bucket: &BucketName, _region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        Ok(Arc::new(StorageDouble { world: self.world.clone(), bucket: bucket.to_string(), scope: self.scope.clone() }))
    }
}

struct SignerDouble(BucketName);

impl UrlSigner for SignerDouble {
    fn sign_into(&mut self, key: &str, out: &mut String) {
        out.push_str(&format!("double://{}/{key}", self.0));
    }
}
