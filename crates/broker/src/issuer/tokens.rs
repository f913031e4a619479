//! Tokens of one integration.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use domain::provider::{IdentityTokens, IssuedSubject, Whose};
use domain::secret::SecretBytes;
use domain::{Error, Result};
use jsonwebtoken::Header;
use serde::Serialize;
use store::issuer_keys::StoredIssuerKey;

use super::keys::{self, ALGORITHM};
use crate::Broker;
use crate::broker::Inner;

/// How long a token lives, in seconds: it is exchanged at once.
pub(super) const LIFE: i64 = 10 * 60;
/// The clocks of clouds may run behind.
const SKEW: i64 = 60;

/// Held by connections, which the broker holds: it must not keep the broker alive.
pub(super) struct Tokens {
    inner: Weak<Inner>,
    subject: IssuedSubject,
}

impl Tokens {
    pub(super) fn new(broker: &Broker, subject: IssuedSubject) -> Self {
        Self { inner: Arc::downgrade(&broker.0), subject }
    }

    fn named(&self, whose: Whose) -> Result<String> {
        let integration = || {
            let named = self.subject.integration.as_deref();
            named.ok_or_else(|| Error::internal("a token was asked for before the integration had a name"))
        };
        match whose {
            Whose::Integration => integration().map(str::to_owned),
            Whose::Project => Ok(self.subject.project.clone()),
            // The form of a subject with an external id that no project has: they are random, and never this one.
            Whose::Stranger => {
                let nobody = uuid::Uuid::new_v4().simple();
                Ok(match self.subject.integration {
                    Some(_) => format!("project:stranger-{nobody}:integration:stranger"),
                    None => format!("project:stranger-{nobody}"),
                })
            }
        }
    }
}

/// RFC 7519, section 4.1.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

#[async_trait]
impl IdentityTokens for Tokens {
    fn subject(&self) -> &IssuedSubject {
        &self.subject
    }

    async fn token(&self, whose: Whose, audience: &str) -> Result<SecretBytes> {
        let inner = self.inner.upgrade().ok_or_else(|| Error::internal("the server is stopping"))?;
        let broker = Broker(inner);
        let key = broker.signing_key().await?;
        let now = broker.now().as_second();
        let claims = Claims {
            iss: &self.subject.issuer,
            sub: &self.named(whose)?,
            aud: audience,
            iat: now,
            nbf: now.saturating_sub(SKEW),
            exp: now.saturating_add(LIFE),
            jti: uuid::Uuid::new_v4().simple().to_string(),
        };
        let mut header = Header::new(ALGORITHM);
        header.kid = Some(key.id.clone());
        let private = keys::open(&broker.root(), &key)?;
        let token = jsonwebtoken::encode(&header, &claims, &private).map_err(Error::internal)?;
        Ok(SecretBytes::new(token.into_bytes()))
    }
}

impl Broker {
    /// The key that signs now; the first one is made when it is first needed.
    pub(super) async fn signing_key(&self) -> Result<StoredIssuerKey> {
        let kept = self.issuer_keys().await?;
        match keys::signing(&kept, self.now()) {
            Some(key) => Ok(key.clone()),
            None => {
                let now = self.now();
                self.make_issuer_key(kept.first().map_or(0, |key| key.number), now, now).await?;
                let kept = self.issuer_keys().await?;
                let key = keys::signing(&kept, self.now()).cloned();
                key.ok_or_else(|| Error::internal("no key signs tokens now"))
            }
        }
    }

    pub(super) async fn issuer_keys(&self) -> Result<Vec<StoredIssuerKey>> {
        self.store().read(|tx| Box::pin(store::issuer_keys::list(tx))).await
    }
}
