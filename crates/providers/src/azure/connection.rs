//! One live connection to a storage account.
//!
//! All methods end here: they differ in what stands behind it. What always holds: the key of an account, a pasted
//! signature and an access token are never handed out; what is handed out ends, and is no wider than what it was
//! asked for, or is refused with the reason.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::grant::Revocability;
use domain::proof::{CheckName, Remedy};
use domain::provider::{
    BaseIdentity, BoundBy, Connection, Facts, Finding, IssuedSubject, NarrowedBy, Probe, ProviderError, RemedyAsk,
    Session, SessionAsk, UrlsBy,
};
use domain::secret::SecretBytes;
use jiff::Timestamp;

use super::BLOCK_BLOB;
use super::address::Address;
use super::delegation::{LONGEST_SIGNATURE, UserKey};
use super::kept::Kept;
use super::pasted::Pasted;
use super::tokens::Tokens;
use super::wire::{Auth, Client};
use crate::registry::Deps;

/// The longest life of a signature made with the key of an account. Azure has no limit; this is that of others.
const LONGEST_WITH_KEY: Duration = Duration::from_hours(7 * 24);

/// Why a pasted signature is only used.
pub(super) const ONLY_USED: &str = "a shared access signature cannot be narrowed without the key behind it, and handing out the stored one would give \
     away all that it can do; a gateway key will serve, or azure-federated and azure-client-secret";

/// What stands behind a connection.
pub(super) enum Base {
    /// An application of Microsoft Entra ID.
    Application {
        /// Its tokens.
        tokens: Arc<Tokens>,
        /// Set where it shows tokens of Tidegate's own issuer.
        federated: Option<Federated>,
    },
    /// The key of the account, decoded.
    Account(SecretBytes),
    /// A shared access signature that somebody else made.
    Pasted(Pasted),
}

/// The trust in Tidegate's own issuer.
pub(super) struct Federated {
    /// Whom the federated credential must name.
    pub(super) subject: IssuedSubject,
    /// For whom its tokens are.
    pub(super) audience: &'static str,
    /// The same application, asked for with the token of somebody who must be refused.
    pub(super) stranger: Arc<Tokens>,
}

/// What a connection and its sessions share.
pub(super) struct Shared {
    pub(super) base: Base,
    pub(super) hierarchical: bool,
    keys: Kept<Arc<UserKey>>,
}

/// A connection of checked settings.
pub(super) struct AzureConnection {
    pub(super) shared: Arc<Shared>,
    pub(super) facts: Facts,
    transport: net::Transport,
    clock: Arc<dyn domain::clock::Clock>,
    pub(super) address: Arc<Address>,
}

impl AzureConnection {
    pub(super) fn new(deps: &Deps, address: Address, hierarchical: bool, base: Base) -> Arc<Self> {
        Arc::new(Self {
            facts: facts(&address, &base),
            shared: Arc::new(Shared { base, hierarchical, keys: Kept::empty() }),
            transport: deps.transport.clone(),
            clock: deps.clock.clone(),
            address: Arc::new(address),
        })
    }

    /// Requests with this authority, under a name of their own in Azure's log.
    pub(super) fn client(&self, auth: Auth) -> Client {
        Client {
            transport: self.transport.clone(),
            clock: self.clock.clone(),
            address: self.address.clone(),
            auth,
            correlation_id: uuid::Uuid::new_v4().to_string().into(),
        }
    }

    /// Requests with all that stands behind the connection.
    pub(super) fn whole(&self) -> Client {
        self.client(match &self.shared.base {
            Base::Application { tokens, .. } => Auth::Token(tokens.clone()),
            Base::Account(key) => Auth::Key(key.clone()),
            Base::Pasted(pasted) => Auth::Signature(pasted.query.clone()),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the egress guard lets this origin be reached.
    pub(super) async fn may_reach(&self, origin: &str) -> Result<(), ProviderError> {
        self.transport.check(origin).await
    }
}

impl Shared {
    /// A user-delegation key that covers a signature until then.
    pub(super) async fn user_key(
        &self,
        client: &Client,
        life: Duration,
        until: Timestamp,
    ) -> Result<Arc<UserKey>, ProviderError> {
        let now = client.clock.now();
        let ask = || async { UserKey::ask(client, life).await.map(Arc::new) };
        self.keys.get_or(|key| key.serves(now, until), ask).await
    }
}

fn facts(address: &Address, base: &Base) -> Facts {
    let federated = matches!(base, Base::Application { federated: Some(_), .. });
    let (longest, narrowed_by) = match base {
        Base::Application { .. } => (LONGEST_SIGNATURE, NarrowedBy::Sas),
        Base::Account(_) => (LONGEST_WITH_KEY, NarrowedBy::Sas),
        Base::Pasted(_) => (LONGEST_WITH_KEY, NarrowedBy::Nothing { why: ONLY_USED.to_owned() }),
    };
    let (header, value) = BLOCK_BLOB;
    Facts {
        endpoint: address.url(),
        public_endpoint: address.url(),
        region: None,
        path_style: true,
        base: if federated { BaseIdentity::Own } else { BaseIdentity::Stored },
        assumes_role: federated,
        bound_by: if federated { BoundBy::Subject } else { BoundBy::Nothing },
        max_session: (narrowed_by == NarrowedBy::Sas).then_some(longest),
        narrowed_by,
        urls: UrlsBy::Key,
        max_url: longest,
        revocability: Revocability::AtExpiry,
        conditional_create: true,
        conditional_replace: true,
        put_headers: vec![(header.to_owned(), value.to_owned())],
        kms: false,
        user_properties: Vec::new(),
    }
}

#[async_trait]
impl Connection for AzureConnection {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn probe(&self, probe: &Probe) -> Finding {
        match probe {
            Probe::Reach => self.reach().await,
            Probe::Authenticate => self.authenticate().await,
            Probe::BaseReaches { .. } => {
                Finding::NotApplicable { reason: "what is stored is meant to reach the data itself".to_owned() }
            }
            Probe::Region { bucket, .. } => self.kind_of_account(bucket.as_ref()).await,
        }
    }

    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
        let session: Arc<dyn Session> = self.open(ask).await?;
        Ok(session)
    }

    fn remedy(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        self.mend(check, ask)
    }
}
