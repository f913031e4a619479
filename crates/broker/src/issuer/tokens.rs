//! Tokens of one integration.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use domain::integration::ExternalId;
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
        // Made as that of a project is, so that a trust that looks at less than the whole subject is found out.
        let nobody = || super::subject_of(&ExternalId::new());
        match whose {
            Whose::Integration => integration().map(str::to_owned),
            Whose::Project => Ok(self.subject.project.clone()),
            Whose::Stranger => Ok(integration()?.replacen(&self.subject.project, &nobody(), 1)),
            Whose::StrangeProject => Ok(nobody()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_differs_from_the_integration_in_the_external_id_alone() {
        let project = super::super::subject_of(&ExternalId::new());
        let integration = Some(format!("{project}:integration:web"));
        let subject = IssuedSubject { issuer: "https://t.example".to_owned(), project, integration };
        let tokens = Tokens { inner: Weak::new(), subject: subject.clone() };
        let pattern = |text: &str| text.replace(|c: char| c.is_ascii_hexdigit(), "x");
        for (own, whose) in [
            (subject.integration.unwrap(), Whose::Integration.stranger()),
            (subject.project, Whose::Project.stranger()),
        ] {
            let stranger = tokens.named(whose).unwrap();
            assert_ne!(stranger, own);
            assert_eq!(pattern(&stranger), pattern(&own), "a trust in this form of subjects would let both in");
            assert_ne!(tokens.named(whose).unwrap(), stranger, "it is another one each time");
        }
    }
}
