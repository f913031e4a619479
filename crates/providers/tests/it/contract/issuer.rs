//! Tidegate's own tokens as a test makes them, for the methods without a key.

use std::sync::Arc;

use async_trait::async_trait;
use domain::clock::{Clock as _, SystemClock};
use domain::provider::{IdentityTokens, IssuedSubject, Whose};
use domain::secret::SecretBytes;
use serde_json::{Value, json};
use testkit::jwt::SigningKey;

const PROJECT: &str = "project:tidegate-contract";
const STRANGER: &str = "project:tidegate-nobody";

/// The subject that a cloud must trust.
pub(crate) const SUBJECT: &str = "project:tidegate-contract:integration:contract";

/// One key, and what its tokens say.
pub(crate) struct Issuer {
    key: SigningKey,
    subject: IssuedSubject,
}

impl Issuer {
    pub(crate) fn new(url: &str, key: SigningKey) -> Arc<Self> {
        let subject = IssuedSubject {
            issuer: url.trim_end_matches('/').to_owned(),
            project: PROJECT.to_owned(),
            integration: Some(SUBJECT.to_owned()),
        };
        Arc::new(Self { key, subject })
    }

    pub(crate) fn jwks(&self) -> Value {
        self.key.jwks()
    }

    /// OpenID Connect Discovery 1.0, as far as clouds read it.
    pub(crate) fn discovery(&self) -> Value {
        let own = &self.subject.issuer;
        json!({"issuer": own, "jwks_uri": format!("{own}/.well-known/jwks.json"), "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]})
    }
}

#[async_trait]
impl IdentityTokens for Issuer {
    fn subject(&self) -> &IssuedSubject {
        &self.subject
    }

    async fn token(&self, whose: Whose, audience: &str) -> domain::Result<SecretBytes> {
        let subject = match whose {
            Whose::Integration => SUBJECT.to_owned(),
            Whose::Project => PROJECT.to_owned(),
            Whose::Stranger => format!("{STRANGER}:integration:contract"),
            Whose::StrangeProject => STRANGER.to_owned(),
        };
        let now = SystemClock.now().as_second();
        let claims = json!({"iss": self.subject.issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now,
            "exp": now + 300});
        Ok(SecretBytes::from(self.key.sign(&claims).as_str()))
    }
}
