//! One live integration.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{ProviderError, Session};
use crate::datasource::{Encryption, Purpose};
use crate::grant::Revocability;
use crate::place::{BucketName, Prefix};
use crate::proof::{CheckName, ProviderAnswer, Remedy};
use crate::scope::Scope;

/// What does not change while a connection lives.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The object store, as Tidegate reaches it.
    pub endpoint: String,
    /// The object store, as clients reach it.
    pub public_endpoint: String,
    /// The region that requests are signed for, where it is set.
    pub region: Option<String>,
    /// Whether URLs and tools must use path-style addressing.
    pub path_style: bool,
    /// Whose keys stand behind it.
    pub base: BaseIdentity,
    /// Whether a role is assumed.
    pub assumes_role: bool,
    /// What keeps other tenants out of the identity that is taken on, so that its enforcement must be shown.
    pub bound_by: BoundBy,
    /// How credentials are narrowed.
    pub narrowed_by: NarrowedBy,
    /// The longest session that the provider gives, where it is known.
    pub max_session: Option<Duration>,
    /// Who makes URLs, and what else they end with.
    pub urls: UrlsBy,
    /// The longest life of a signed URL.
    pub max_url: Duration,
    /// How what is handed out can be taken back.
    pub revocability: Revocability,
    /// Whether `If-None-Match: *` on PUT is honoured.
    pub conditional_create: bool,
    /// Whether `If-Match` on PUT to an absent key is honoured, so that asking writes nothing.
    pub conditional_replace: bool,
    /// Headers that every PUT of this store needs, signed or not.
    pub put_headers: Vec<(String, String)>,
    /// Whether the SSE-KMS headers are understood.
    pub kms: bool,
    /// The user properties that the role ARN names; a session differs from person to person by them.
    pub user_properties: Vec<String>,
}

/// What keeps other tenants of Tidegate out of an identity that Tidegate takes on: the confused deputy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundBy {
    /// Nothing needs to: no identity is taken on, or only with the project's own keys.
    Nothing,
    /// The project's external id, which the trust of a role requires.
    ExternalId,
    /// The subject of the tokens that Tidegate issues, which the trust names.
    Subject,
}

/// Who makes URLs, and what they end with beside their own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlsBy {
    /// A session signs them and they end with it.
    Session,
    /// A key signs them that outlives every session.
    Key,
    /// They are Tidegate's own: it serves the object, and they end with their grant.
    Tidegate,
}

/// Whose keys stand behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseIdentity {
    /// Tidegate's own identity.
    Own,
    /// The identity of the machine.
    Ambient,
    /// A stored key pair that should be able to do nothing but assume the role.
    StoredBare,
    /// A stored key pair that reads and writes itself.
    Stored,
}

/// How a credential is narrowed to a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NarrowedBy {
    /// A session policy of `AssumeRole`.
    SessionPolicy,
    /// A session policy of `GetFederationToken`.
    FederationToken,
    /// A Credential Access Boundary of Google Cloud.
    AccessBoundary,
    /// A shared access signature of Azure.
    Sas,
    /// It cannot be.
    Nothing {
        /// Why, and what will serve instead.
        why: String,
    },
}

/// Which external id is sent when a role is assumed, or whose subject the token has where the trust names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ExternalIdSent {
    /// The project's own, where the method has one; the integration's own subject.
    #[default]
    Right,
    /// None: the provider must refuse. There is no token without a subject.
    Missing,
    /// Another one of the same form, which belongs to nobody: the provider must refuse.
    Wrong,
}

/// For whom a session is opened: what the cloud's own log will show.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SessionTags {
    /// The principal's name.
    pub principal: String,
    /// The project's name.
    pub project: String,
    /// The principal's properties, for role ARNs that name them.
    pub properties: BTreeMap<String, String>,
}

/// A session that is asked for.
#[derive(Debug, Clone)]
pub struct SessionAsk {
    /// The bound; none for all that the integration may do.
    pub scope: Option<Scope>,
    /// For whom.
    pub tags: SessionTags,
    /// How long.
    pub ttl: Duration,
    /// Which external id is sent.
    pub external_id: ExternalIdSent,
}

/// A question that a proof asks of a connection.
#[derive(Debug, Clone)]
pub enum Probe {
    /// Does the endpoint answer like such a provider? The answer also carries its clock.
    Reach,
    /// Are the stored or own keys known to the provider?
    Authenticate,
    /// Can the base identity do more than assume its role? `Finding::Yes` means that it can.
    BaseReaches {
        /// A bucket to ask about, where one is known.
        bucket: Option<BucketName>,
    },
    /// Is the region that requests are signed for the right one?
    Region {
        /// For whom.
        tags: SessionTags,
        /// The bucket, where one is known.
        bucket: Option<BucketName>,
    },
}

/// What a probe found.
#[derive(Debug, Clone)]
pub enum Finding {
    /// It is so.
    Yes {
        /// One sentence.
        detail: String,
        /// The provider's clock, where it was seen.
        clock: Option<Timestamp>,
        /// The region, where it was found out.
        region: Option<String>,
    },
    /// It is not so, by the provider's explicit word.
    No {
        /// One sentence.
        detail: String,
        /// The provider's own words.
        answer: Option<ProviderAnswer>,
        /// The region in which it would be so, where it was found out.
        region: Option<String>,
    },
    /// It does not apply, with the reason.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// It could not be found out.
    Unclear(ProviderError),
}

/// For which need a remedy is asked.
#[derive(Debug, Clone)]
pub struct RemedyAsk {
    /// The bucket.
    pub bucket: Option<BucketName>,
    /// Everything under it.
    pub prefix: Prefix,
    /// What the data is for.
    pub purpose: Purpose,
    /// How it is encrypted.
    pub sse: Option<Encryption>,
    /// The origin of the web page that loads objects.
    pub cors_origin: Option<String>,
    /// The region in which the bucket was found to be.
    pub region: Option<String>,
}

/// What cutting off older sessions did.
#[derive(Debug, Clone)]
pub struct CutOff {
    /// Sessions begun before this are refused.
    pub before: Timestamp,
    /// Whether the provider was seen to have taken it up.
    pub verified: bool,
    /// The bound within which it takes effect everywhere.
    pub bound: Duration,
}

/// One live integration.
#[async_trait]
pub trait Connection: Send + Sync {
    /// What does not change while it lives.
    fn facts(&self) -> &Facts;

    /// Answers a question of a proof.
    async fn probe(&self, probe: &Probe) -> Finding;

    /// Opens a session: for a role by assuming it, for a key pair by using it or by narrowing it.
    ///
    /// # Errors
    /// `NotExpressible`, `PolicyTooLarge`, `TtlTooLong`, `Unsupported` and `MissingProperty` before
    /// anything is asked of the provider; else the provider's own answer.
    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError>;

    /// The policy, setting or command that mends a check that did not pass.
    fn remedy(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy>;

    /// Refuses all sessions of the role that began before `before`, and verifies that it took.
    ///
    /// # Errors
    /// `Unsupported` unless the integration was set up with that right.
    async fn cut_off(&self, _tags: &SessionTags, _before: Timestamp) -> Result<CutOff, ProviderError> {
        Err(ProviderError::new(
            super::ProviderErrorKind::Unsupported,
            "revoke sessions",
            "this integration was not set up with the right to deny older sessions",
        ))
    }
}
