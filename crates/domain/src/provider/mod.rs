//! What a provider must be able to do.
//!
//! A *provider* is one method of connecting ([`Provider`]). Connecting gives a [`Connection`], which
//! opens [`Session`]s; a session signs, gives a credential, and reaches objects ([`ObjectStorage`]).
//! All of it is `dyn`, stateless, and does no caching: the broker owns sessions, order, time limits
//! and the rule of what counts as shown. Providers supply primitives and the meaning of an answer.

mod connection;
mod descriptor;
mod error;
mod identity;
mod session;
mod setup;
mod storage;

pub use connection::{
    BaseIdentity, BoundBy, Connection, CutOff, ExternalIdSent, Facts, Finding, NarrowedBy, Probe, RemedyAsk,
    SessionAsk, SessionTags, UrlsBy,
};
pub use descriptor::{Advice, Capabilities, Choice, Descriptor, Field, FieldKind, Rating, by_cloud};
pub use error::{ProviderError, ProviderErrorKind};
pub use identity::{IdentityTokens, IssuedSubject, Whose};
pub use session::{AwsCredential, AzureCredential, Credential, GcpCredential, Session, SignAsk, UrlSigner};
pub use setup::{Setup, SetupAsk, SetupPlace, SetupStep};
pub use storage::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectEntry, ObjectStorage, PutAsk, PutCondition, Stored, UploadAsk,
};

use std::sync::Arc;

use crate::integration::{ExternalId, Settings};
use crate::secret::Secrets;
use crate::{FieldError, Result};

/// What a connection is made of.
#[derive(Clone)]
pub struct ConnectAsk {
    /// The name of the project, for session tags and the operator's permission of ambient identities.
    pub project: String,
    /// The project's external id.
    pub external_id: ExternalId,
    /// Tokens of Tidegate's own issuer for this project and integration; `None` where it issues none.
    pub identity: Option<Arc<dyn IdentityTokens>>,
    /// Public settings.
    pub settings: Settings,
    /// Unsealed secrets.
    pub secrets: Secrets,
}

/// One method of connecting.
pub trait Provider: Send + Sync {
    /// What it is, for the schema, the help, the forms and the documents.
    fn descriptor(&self) -> &'static Descriptor;

    /// Everything wrong with these settings, without I/O; pointers begin with `/settings/` or `/secrets/`.
    ///
    /// Fields that may come [`later`](Field::later) may be missing where [`Capabilities::two_step`] says so.
    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError>;

    /// A connection of these settings, without I/O.
    ///
    /// # Errors
    /// `invalid` with what [`Provider::check`] finds; `permission_denied` where the operator does not
    /// permit the identity.
    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>>;

    /// What to apply on the cloud's side; works before any integration exists.
    ///
    /// # Errors
    /// `invalid` where the need cannot be put into this provider's policies.
    fn setup(&self, ask: &SetupAsk) -> Result<Setup>;
}
