//! What a scope of rights can do.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{ObjectStorage, ProviderError, ProviderErrorKind};
use crate::place::BucketName;
use crate::scope::Verb;
use crate::secret::SecretBytes;

/// A batch of URLs to sign; one URL is a batch of one.
#[derive(Debug, Clone)]
pub struct SignAsk {
    /// The bucket.
    pub bucket: BucketName,
    /// Its region, where it differs from the integration's.
    pub region: Option<String>,
    /// What the URLs are good for.
    pub verb: Verb,
    /// From when.
    pub now: Timestamp,
    /// For how long.
    pub ttl: Duration,
    /// Headers that the caller must send, signed.
    pub headers: Vec<(String, String)>,
    /// Query parameters that override response headers (`response-content-type`, ...).
    pub response: Vec<(String, String)>,
    /// Sign for the endpoint that Tidegate itself uses instead of the public one.
    pub internal: bool,
}

/// Signs the keys of one batch.
#[async_trait]
pub trait UrlSigner: Send {
    /// Does beforehand what these keys need of others: signatures of a key that the provider keeps, or of all cores.
    ///
    /// Called with each piece of a batch before [`UrlSigner::sign_into`] with its keys, in the same order.
    ///
    /// # Errors
    /// The provider's own answer; nothing of the piece may be used then.
    async fn prepare(&mut self, _keys: &[&str]) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Appends the signed URL of one key to `out`; pure, no I/O.
    fn sign_into(&mut self, key: &str, out: &mut String);
}

/// A credential in the form that a tool understands.
#[derive(Debug, Clone)]
pub enum Credential {
    /// For everything that speaks S3.
    Aws(AwsCredential),
    /// For everything that speaks to Google Cloud Storage.
    Gcp(GcpCredential),
    /// For everything that speaks to Azure Blob Storage.
    Azure(AzureCredential),
}

/// Keys of a session.
#[derive(Debug, Clone)]
pub struct AwsCredential {
    /// Not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: SecretBytes,
    /// Secret.
    pub session_token: SecretBytes,
    /// The region to sign for.
    pub region: String,
    /// The endpoint, where it is not the region's own.
    pub endpoint: Option<String>,
    /// Whether tools must use path-style addressing.
    pub path_style: bool,
}

/// An access token of Google Cloud, narrowed by a Credential Access Boundary.
#[derive(Debug, Clone)]
pub struct GcpCredential {
    /// Secret.
    pub access_token: SecretBytes,
    /// The project that requests are counted for, where one is set.
    pub project_id: Option<String>,
    /// The endpoint of the store, where it is not Google's own.
    pub endpoint: Option<String>,
}

/// A shared access signature of Azure Blob Storage.
#[derive(Debug, Clone)]
pub struct AzureCredential {
    /// The storage account.
    pub account: String,
    /// The endpoint of its blob service, without a trailing slash.
    pub endpoint: String,
    /// The container.
    pub container: String,
    /// The query of the signature, without `?`. Secret.
    pub sas_token: SecretBytes,
}

/// What a scope of rights can do. A power that a session lacks answers `Unsupported`.
pub trait Session: Send + Sync {
    /// When the provider ends it; `None` for a key pair without an end.
    fn expires_at(&self) -> Option<Timestamp>;

    /// Prepares a batch: what all URLs share is computed once.
    ///
    /// # Errors
    /// `Unsupported` where the session cannot sign.
    fn signer(&self, _ask: &SignAsk) -> Result<Box<dyn UrlSigner>, ProviderError> {
        Err(unsupported("sign", "this session cannot sign URLs"))
    }

    /// The credential itself.
    ///
    /// # Errors
    /// `Unsupported` where the session is not short-lived: long-lived keys are never handed out.
    fn credential(&self) -> Result<Credential, ProviderError> {
        Err(unsupported("credential", "this session has no credential that may be handed out"))
    }

    /// The objects of a bucket in `region` (the integration's own if none is given).
    ///
    /// # Errors
    /// `Unsupported` where the session has no objects.
    fn storage(&self, _bucket: &BucketName, _region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        Err(unsupported("storage", "this session has no object storage"))
    }

    /// The provider's own ids of this session (access key id, assumed-role ARN), for the audit; never secret.
    fn log_ids(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn unsupported(operation: &'static str, message: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unsupported, operation, message)
}
