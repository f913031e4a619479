//! What a set of keys can do.

use std::sync::Arc;

use domain::place::BucketName;
use domain::provider::{
    AwsCredential, Credential, ObjectStorage, ProviderError, ProviderErrorKind as Kind, Session, SignAsk, UrlSigner,
};
use jiff::Timestamp;
use signing::{PresignAsk, Presigner, SigningError};

use super::S3Connection;
use crate::s3::{Address, Objects, Style, Which};
use crate::signed::{KeySet, Wire};

/// A session of a connection.
pub(super) struct S3Session {
    wire: Wire,
    keys: Arc<KeySet>,
    address: Address,
    region: String,
    /// What the provider calls it.
    arn: Option<String>,
    /// Whether an STS made it for us: only then may its keys leave the house.
    short_lived: bool,
}

impl S3Connection {
    pub(super) fn session(&self, keys: KeySet, arn: Option<String>, short_lived: bool) -> Arc<S3Session> {
        Arc::new(S3Session {
            wire: self.wire.clone(),
            keys: Arc::new(keys),
            address: self.spec.address.clone(),
            region: self.spec.region.clone(),
            arn,
            short_lived,
        })
    }
}

impl S3Session {
    /// The objects of a bucket.
    pub(super) fn objects(&self, bucket: &BucketName, region: Option<&str>) -> Result<Objects, ProviderError> {
        let region = region.unwrap_or(&self.region);
        Ok(Objects {
            wire: self.wire.clone(),
            keys: self.keys.clone(),
            endpoint: self.address.endpoint(Which::Internal, region, Some(bucket.as_str()))?,
            region: region.to_owned(),
            bucket: bucket.as_str().to_owned(),
        })
    }

    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }
}

/// A batch of URLs.
struct Batch(Presigner);

impl UrlSigner for Batch {
    fn sign_into(&mut self, key: &str, out: &mut String) {
        self.0.sign_into(key, out);
    }
}

impl Session for S3Session {
    fn expires_at(&self) -> Option<Timestamp> {
        self.keys.expires_at
    }

    fn signer(&self, ask: &SignAsk) -> Result<Box<dyn UrlSigner>, ProviderError> {
        let region = ask.region.as_deref().unwrap_or(&self.region);
        let which = if ask.internal { Which::Internal } else { Which::Public };
        let bucket = ask.bucket.as_str();
        let endpoint = self.address.endpoint(which, region, Some(bucket))?;
        let presigner = Presigner::new(&PresignAsk {
            keys: self.keys.keys(),
            endpoint: &endpoint,
            bucket,
            region,
            method: ask.verb.as_str(),
            at: ask.now,
            expires: ask.ttl,
            headers: &ask.headers,
            query: &ask.response,
        });
        presigner.map(|presigner| Box::new(Batch(presigner)) as Box<dyn UrlSigner>).map_err(|error| {
            let kind = if matches!(error, SigningError::Expires { .. }) { Kind::TtlTooLong } else { Kind::Unsupported };
            ProviderError::new(kind, "sign", error.to_string())
        })
    }

    fn credential(&self) -> Result<Credential, ProviderError> {
        let token = self.keys.session_token.as_ref().filter(|_| self.short_lived);
        let Some(session_token) = token else {
            let message = "these are keys without a session of their own, and such keys are never handed out";
            return Err(ProviderError::new(Kind::Unsupported, "credential", message)
                .with_hint("use a role, signed URLs, or a gateway key"));
        };
        let found_by_tools = self.address.well_known && self.address.public.is_none();
        Ok(Credential::Aws(AwsCredential {
            access_key_id: self.keys.access_key_id.clone(),
            secret_access_key: self.keys.secret_access_key.clone(),
            session_token: session_token.clone(),
            region: self.region.clone(),
            endpoint: (!found_by_tools).then(|| self.address.url(Which::Public, &self.region)),
            path_style: self.address.style == Style::Path,
        }))
    }

    fn storage(&self, bucket: &BucketName, region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        let objects: Arc<dyn ObjectStorage> = Arc::new(self.objects(bucket, region)?);
        Ok(objects)
    }

    fn log_ids(&self) -> Vec<(&'static str, String)> {
        let arn = self.arn.iter().map(|arn| ("session_arn", arn.clone()));
        [("access_key_id", self.keys.access_key_id.clone())].into_iter().chain(arn).collect()
    }
}
