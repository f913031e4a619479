//! What a session can do.

use std::sync::Arc;

use async_trait::async_trait;
use domain::place::BucketName;
use domain::provider::{
    AzureCredential, Credential, ObjectStorage, ProviderError, ProviderErrorKind as Kind, Session, SignAsk, UrlSigner,
};
use domain::scope::{Scope, Verb};
use domain::secret::SecretBytes;
use domain::ttl;
use jiff::Timestamp;
use signing::sas::{Overrides, Permissions, Presigner, SasAsk, SasKey};

use super::blobs::Blobs;
use super::connection::{Base, ONLY_USED, Shared};
use super::delegation::LONGEST_SIGNATURE;
use super::names::{wrong_blob, wrong_container};
use super::open::{correlation_id, not_signed, protocol};
use super::wire::Client;

/// A session of a connection.
pub(super) struct AzureSession {
    pub(super) shared: Arc<Shared>,
    pub(super) client: Client,
    pub(super) narrowed: Option<Narrowed>,
    /// Whom Azure's own log shows, where there is somebody.
    pub(super) object_id: Option<String>,
}

/// A signature for a scope.
pub(super) struct Narrowed {
    pub(super) scope: Scope,
    pub(super) token: SecretBytes,
    pub(super) ends: Timestamp,
}

impl Session for AzureSession {
    fn expires_at(&self) -> Option<Timestamp> {
        match (&self.narrowed, &self.shared.base) {
            (Some(narrowed), _) => Some(narrowed.ends),
            (None, Base::Pasted(pasted)) => pasted.ends,
            (None, Base::Application { .. } | Base::Account(_)) => None,
        }
    }

    fn signer(&self, ask: &SignAsk) -> Result<Box<dyn UrlSigner>, ProviderError> {
        let unsupported = |message: &str| ProviderError::new(Kind::Unsupported, "sign", message);
        if self.narrowed.is_some() {
            return Err(unsupported("a session that is narrowed has a signature and no key, so it signs no URLs"));
        }
        if let Some(why) = wrong_container(ask.bucket.as_str()) {
            return Err(ProviderError::new(Kind::NoSuchBucket, "sign", why));
        }
        overrides(ask)?;
        let batch =
            |presigner| Batch { shared: self.shared.clone(), client: self.client.clone(), ask: ask.clone(), presigner };
        match &self.shared.base {
            Base::Pasted(_) => Err(unsupported(ONLY_USED)),
            Base::Account(key) => {
                let presigner = presigner(&self.client, ask, SasKey::Account(key.expose()))?;
                Ok(Box::new(batch(Some(presigner))))
            }
            Base::Application { .. } if ask.ttl > LONGEST_SIGNATURE => {
                let message = format!(
                    "a signature of Azure lives at most {}; {} were asked for",
                    ttl::show(LONGEST_SIGNATURE),
                    ttl::show(ask.ttl)
                );
                Err(ProviderError::new(Kind::TtlTooLong, "sign", message))
            }
            Base::Application { .. } => Ok(Box::new(batch(None))),
        }
    }

    fn credential(&self) -> Result<Credential, ProviderError> {
        let Some(narrowed) = &self.narrowed else {
            let message = "only signatures for a container or folder are handed out, never what stands behind them";
            return Err(ProviderError::new(Kind::Unsupported, "credential", message)
                .with_hint("use signed URLs, or a gateway key"));
        };
        Ok(Credential::Azure(AzureCredential {
            account: self.client.address.account.clone(),
            endpoint: self.client.address.url(),
            container: narrowed.scope.bucket.to_string(),
            sas_token: narrowed.token.clone(),
        }))
    }

    fn storage(&self, bucket: &BucketName, _region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        if let Some(why) = wrong_container(bucket.as_str()) {
            return Err(ProviderError::new(Kind::NoSuchBucket, "storage", why));
        }
        Ok(Arc::new(Blobs {
            client: self.client.clone(),
            container: bucket.to_string(),
            hierarchical: self.shared.hierarchical,
            within: self.narrowed.as_ref().map(|narrowed| narrowed.scope.clone()),
        }))
    }

    fn log_ids(&self) -> Vec<(&'static str, String)> {
        let client_id = match &self.shared.base {
            Base::Application { tokens, .. } => Some(("client_id", tokens.login().client_id.clone())),
            Base::Account(_) | Base::Pasted(_) => None,
        };
        let object_id = self.object_id.iter().map(|id| ("object_id", id.clone()));
        let correlation = ("correlation_id", self.client.correlation_id.to_string());
        client_id.into_iter().chain(object_id).chain([correlation]).collect()
    }
}

/// A batch of URLs. With an application the key that signs is asked for when the first piece is prepared.
struct Batch {
    shared: Arc<Shared>,
    client: Client,
    ask: SignAsk,
    presigner: Option<Presigner>,
}

#[async_trait]
impl UrlSigner for Batch {
    async fn prepare(&mut self, keys: &[&str]) -> Result<(), ProviderError> {
        for key in keys {
            if let Some(why) = wrong_blob(key, self.shared.hierarchical, self.ask.verb == Verb::Put) {
                return Err(ProviderError::new(Kind::Unsupported, "sign", why).with_hint("choose another name"));
            }
        }
        if self.presigner.is_none() {
            let until = ends(&self.ask);
            let key = self.shared.user_key(&self.client, self.ask.ttl, until).await?;
            let key = SasKey::Delegated { key: key.signs(), correlation_id: correlation_id(&self.client) };
            self.presigner = Some(presigner(&self.client, &self.ask, key)?);
        }
        Ok(())
    }

    fn sign_into(&mut self, key: &str, out: &mut String) {
        // Names that cannot be signed were refused while preparing.
        if let Some(presigner) = &self.presigner {
            let _ = presigner.sign_into(key, out);
        }
    }
}

fn presigner(client: &Client, ask: &SignAsk, key: SasKey<'_>) -> Result<Presigner, ProviderError> {
    let permissions = Permissions::parse(letters(ask.verb)).map_err(not_signed)?;
    let ask = SasAsk {
        key,
        service: client.address.service(),
        container: ask.bucket.as_str(),
        permissions: &permissions,
        protocol: protocol(client),
        start: None,
        expires: ends(ask),
        overrides: overrides(ask)?,
    };
    Presigner::new(&ask).map_err(not_signed)
}

fn ends(ask: &SignAsk) -> Timestamp {
    ask.now.saturating_add(ask.ttl).unwrap_or(ask.now)
}

/// Writing takes both letters: one makes, the other replaces.
fn letters(verb: Verb) -> &'static str {
    match verb {
        Verb::Get | Verb::Head => "r",
        Verb::Put => "cw",
        Verb::Delete => "d",
    }
}

/// The parameters of S3 that override headers of an answer, as Azure has them.
fn overrides(ask: &SignAsk) -> Result<Overrides<'_>, ProviderError> {
    let mut out = Overrides::default();
    for (name, value) in &ask.response {
        let place = match name.as_str() {
            "response-cache-control" => &mut out.cache_control,
            "response-content-disposition" => &mut out.content_disposition,
            "response-content-encoding" => &mut out.content_encoding,
            "response-content-language" => &mut out.content_language,
            "response-content-type" => &mut out.content_type,
            _ => {
                let header = name.strip_prefix("response-").unwrap_or(name);
                let message = format!("a signature of Azure cannot override the header {header}");
                return Err(ProviderError::new(Kind::Unsupported, "sign", message)
                    .with_hint("cache-control says for how long an answer may be kept"));
            }
        };
        *place = Some(value.as_str());
    }
    Ok(out)
}
