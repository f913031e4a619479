//! What a token can do.

use std::sync::Arc;

use domain::place::BucketName;
use domain::provider::{
    Credential, GcpCredential, ObjectStorage, ProviderError, ProviderErrorKind as Kind, Session, SessionTags, SignAsk,
    UrlSigner,
};
use jiff::Timestamp;

use super::sign::Batch;
use super::{Identity, Shared};
use crate::gcp::storage::{Bearer, Objects};
use crate::gcp::tokens::AccessToken;

/// How much a session may do.
pub(super) enum Power {
    /// All that its identity may.
    Whole,
    /// A part of it, until the token ends.
    Narrowed(AccessToken),
    /// What the token of a stranger may, who should have been refused.
    Stranger(AccessToken),
}

/// A session of a connection.
pub(super) struct GcpSession {
    pub(super) shared: Arc<Shared>,
    pub(super) power: Power,
    pub(super) tags: SessionTags,
}

impl Session for GcpSession {
    fn expires_at(&self) -> Option<Timestamp> {
        match &self.power {
            // Its tokens are renewed inside, and its URLs end by themselves.
            Power::Whole => None,
            Power::Narrowed(token) | Power::Stranger(token) => Some(token.expires_at),
        }
    }

    fn signer(&self, ask: &SignAsk) -> Result<Box<dyn UrlSigner>, ProviderError> {
        match &self.power {
            Power::Whole => Ok(Box::new(Batch::new(&self.shared, ask)?)),
            Power::Narrowed(_) | Power::Stranger(_) => {
                let message = "a URL carries the rights of the account that signs it, which a narrowed token has not";
                Err(ProviderError::new(Kind::Unsupported, "sign", message))
            }
        }
    }

    fn credential(&self) -> Result<Credential, ProviderError> {
        let Power::Narrowed(token) = &self.power else {
            let message = "this token is not narrowed, and such tokens are never handed out";
            return Err(ProviderError::new(Kind::Unsupported, "credential", message)
                .with_hint("ask for a credential of a prefix, use signed URLs, or a gateway key"));
        };
        let endpoints = &self.shared.wire.endpoints;
        Ok(Credential::Gcp(GcpCredential {
            access_token: token.secret.clone(),
            project_id: self.shared.project.clone(),
            endpoint: (!endpoints.is_googles_own_store()).then(|| endpoints.storage.origin()),
        }))
    }

    fn storage(&self, bucket: &BucketName, _region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        let bearer = match &self.power {
            Power::Whole => Bearer::Renewed,
            Power::Narrowed(token) | Power::Stranger(token) => Bearer::Fixed(token.clone()),
        };
        let known = self.shared.notes.get(bucket.as_str(), self.shared.wire.now()).flatten();
        Ok(Arc::new(Objects {
            shared: self.shared.clone(),
            bearer,
            bucket: bucket.as_str().to_owned(),
            tags: self.tags.clone(),
            versioned: known.is_some_and(|facts| facts.versioned),
        }))
    }

    fn log_ids(&self) -> Vec<(&'static str, String)> {
        match &self.shared.identity {
            Identity::Key(key) => vec![("service_account", key.email.clone()), ("key_id", key.key_id.clone())],
            Identity::Pool(pool) => {
                let email = pool.service_account.iter().map(|email| ("service_account", email.clone()));
                email.chain([("principal_subject", pool.member())]).collect()
            }
        }
    }
}
