//! The two documents that clouds read (OpenID Connect Discovery 1.0, section 3 and 4; RFC 7517).

use domain::{Error, Result};
use serde::{Deserialize, Serialize};

use super::tokens::LIFE;
use crate::Broker;

/// What stands at `/.well-known/openid-configuration`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Discovery {
    /// The issuer.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Required by the standard; nobody signs in here.
    pub authorization_endpoint: String,
    /// `id_token`
    pub response_types_supported: Vec<String>,
    /// `public`
    pub subject_types_supported: Vec<String>,
    /// `RS256`
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// What tokens say.
    pub claims_supported: Vec<String>,
}

/// What stands at `/.well-known/jwks.json`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeySet {
    /// The public halves of all keys that sign, will sign, or have signed a token that still lives.
    #[schema(value_type = Vec<Object>)]
    pub keys: Vec<serde_json::Value>,
}

impl Broker {
    /// The discovery document.
    ///
    /// # Errors
    /// `unsupported` where no tokens are issued.
    pub fn issuer_discovery(&self) -> Result<Discovery> {
        let issuer = self.must_issue()?.url.clone();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Ok(Discovery {
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            authorization_endpoint: format!("{issuer}/signin"),
            response_types_supported: words(&["id_token"]),
            subject_types_supported: words(&["public"]),
            id_token_signing_alg_values_supported: words(&["RS256"]),
            claims_supported: words(&["iss", "sub", "aud", "iat", "nbf", "exp", "jti"]),
            issuer,
        })
    }

    /// The public keys, the newest first.
    ///
    /// # Errors
    /// `unsupported` where no tokens are issued; those of the store.
    pub async fn issuer_jwks(&self) -> Result<KeySet> {
        self.must_issue()?;
        // Whoever copies the documents right after the first start must find a key in them.
        self.signing_key().await?;
        let now = self.now();
        let kept = self.issuer_keys().await?;
        let published = kept.iter().filter(|key| key.published_until.is_none_or(|end| end > now));
        let keys = published.map(|key| serde_json::from_str(&key.public).map_err(Error::internal));
        Ok(KeySet { keys: keys.collect::<Result<_>>()? })
    }

    /// How long whoever reads the documents may keep them: a new key is published a day before it signs.
    pub fn issuer_documents_kept_for(&self) -> std::time::Duration {
        std::time::Duration::from_secs(LIFE.unsigned_abs())
    }
}
