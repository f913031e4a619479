//! One live connection to Cloud Storage.

mod facts;
mod open;
mod probe;
mod remedy;
mod session;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::proof::{CheckName, Remedy};
use domain::provider::{
    Connection, Facts, Finding, IdentityTokens, Probe, ProviderError, ProviderErrorKind as Kind, RemedyAsk, Session,
    SessionAsk, Whose,
};
use tokio::sync::Semaphore;

use super::endpoints::Endpoints;
use super::key_file::KeyFile;
use super::pool::PoolProvider;
use super::storage::BucketNotes;
use super::tokens::{self, AccessToken, Kept, Wanted};
use super::wire::Wire;
use crate::registry::Deps;

/// The longest life of a token that Google gives without an exception of the organisation's policy
/// (IAM credentials API, `generateAccessToken`).
const MAX_TOKEN: Duration = Duration::from_hours(1);

/// Who is asked to sign at the same time, by all callers of a connection together.
const SIGNERS: usize = 16;

/// Where the tokens of a connection come from.
pub(super) enum Identity {
    /// A key of a service account.
    Key(KeyFile),
    /// A pool that trusts Tidegate's tokens.
    Pool(Pool),
}

/// A pool that trusts Tidegate's tokens.
pub(super) struct Pool {
    pub(super) tokens: Arc<dyn IdentityTokens>,
    /// Of whom the tokens speak.
    pub(super) whose: Whose,
    pub(super) provider: PoolProvider,
    /// The account to act for; without one the subject itself reaches the data.
    pub(super) service_account: Option<String>,
    /// Whether the pool is the operator's and serves all projects.
    pub(super) shared: bool,
}

impl Pool {
    /// Tidegate's own subject there.
    pub(super) fn subject(&self) -> &str {
        let subject = self.tokens.subject();
        match self.whose {
            Whose::Integration => subject.integration.as_deref().unwrap_or(&subject.project),
            Whose::Project | Whose::Stranger | Whose::StrangeProject => &subject.project,
        }
    }

    /// Whom role bindings must name.
    pub(super) fn member(&self) -> String {
        self.provider.member(self.subject())
    }
}

/// What sessions share with their connection.
pub(super) struct Shared {
    pub(super) wire: Wire,
    pub(super) identity: Identity,
    /// Whose buckets are listed, and what requests are counted for.
    pub(super) project: Option<String>,
    pub(super) facts: Facts,
    /// The token of the account, or of the subject itself.
    own: Kept,
    /// The token of the subject, with which the account is acted for.
    subject: Kept,
    notes: BucketNotes,
    signers: Semaphore,
}

/// A connection of checked settings.
pub(super) struct GcpConnection {
    shared: Arc<Shared>,
}

impl GcpConnection {
    pub(super) fn connect(
        deps: &Deps,
        endpoints: Endpoints,
        identity: Identity,
        project: Option<String>,
    ) -> Arc<dyn Connection> {
        let facts = facts::facts(&identity, &endpoints);
        let shared = Shared {
            wire: Wire::new(deps, endpoints),
            identity,
            project,
            facts,
            own: Kept::default(),
            subject: Kept::default(),
            notes: BucketNotes::default(),
            signers: Semaphore::new(SIGNERS),
        };
        Arc::new(Self { shared: Arc::new(shared) })
    }
}

impl Shared {
    /// A token that reaches the data and is good for a while.
    pub(super) async fn token(&self) -> Result<AccessToken, ProviderError> {
        self.own_token(Wanted::Good).await
    }

    /// Another one than this, which Google did not take.
    pub(super) async fn token_other_than(&self, refused: &AccessToken) -> Result<AccessToken, ProviderError> {
        self.own_token(Wanted::Other(refused)).await
    }

    async fn own_token(&self, wanted: Wanted<'_>) -> Result<AccessToken, ProviderError> {
        self.own.get(wanted, self.wire.now(), || self.fetch(MAX_TOKEN)).await
    }

    /// A new token of the identity that reaches the data.
    async fn fetch(&self, life: Duration) -> Result<AccessToken, ProviderError> {
        match &self.identity {
            Identity::Key(key) => tokens::by_key(&self.wire, key).await,
            Identity::Pool(pool) => match &pool.service_account {
                Some(email) => self.act_for(pool, email, life).await,
                None => self.federate(pool, pool.whose).await,
            },
        }
    }

    async fn act_for(&self, pool: &Pool, email: &str, life: Duration) -> Result<AccessToken, ProviderError> {
        let caller = self.subject_token(pool, Wanted::Good).await?;
        let answer = match tokens::impersonate(&self.wire, &caller, email, life).await {
            Err(error) if error.kind == Kind::BadCredentials => {
                let caller = self.subject_token(pool, Wanted::Other(&caller)).await?;
                tokens::impersonate(&self.wire, &caller, email, life).await
            }
            answer => answer,
        };
        answer.map_err(|error| remedy::may_not_act(error, email, &pool.member()))
    }

    /// The token of Tidegate's own subject.
    async fn subject_token(&self, pool: &Pool, wanted: Wanted<'_>) -> Result<AccessToken, ProviderError> {
        self.subject.get(wanted, self.wire.now(), || self.federate(pool, pool.whose)).await
    }

    async fn federate(&self, pool: &Pool, whose: Whose) -> Result<AccessToken, ProviderError> {
        let token = pool.tokens.token(whose, &pool.provider.token_audience()).await.map_err(|error| {
            let message = format!("Tidegate's own token could not be made: {}", error.message());
            ProviderError::new(Kind::Unavailable, "sts.exchange", message)
        })?;
        tokens::federate(&self.wire, &pool.provider.audience(), &token).await
    }
}

#[async_trait]
impl Connection for GcpConnection {
    fn facts(&self) -> &Facts {
        &self.shared.facts
    }

    async fn probe(&self, probe: &Probe) -> Finding {
        match probe {
            Probe::Reach => self.shared.reach().await,
            Probe::Authenticate => self.shared.authenticate().await,
            Probe::BaseReaches { bucket } => self.shared.base_reaches(bucket.as_ref()).await,
            Probe::Region { bucket, .. } => self.shared.location(bucket.as_ref()).await,
        }
    }

    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
        open::open(&self.shared, ask).await
    }

    fn remedy(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        self.shared.mend(check, ask)
    }
}
