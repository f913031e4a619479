//! What all use cases share.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::clock::Clock;
use domain::fetch::Fetch;
use domain::id::InstallationId;
use domain::provider::Provider;
use domain::secret::SecretBytes;
use domain::step::{AtStep, Step};
use domain::{Error, Result};
use jiff::Timestamp;
use keyring::RootKey;
use store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::{AuditVerdict, Log};
use crate::decide::{Member, MemberKey};
use crate::people::{Bearer, TokenHash};
use crate::sessions::{ConnectionCache, Place, PlaceKey, SessionCache};
use crate::shared::Shared;

/// What the composition root gives.
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// The methods that integrations may use.
    pub methods: Vec<Arc<dyn Provider>>,
    /// Plain HTTP through the egress guard.
    pub fetch: Arc<dyn Fetch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the operator has set.
    pub options: Options,
    /// Background work; shutting down waits for it.
    pub tasks: TaskTracker,
}

/// What the operator has set.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Tidegate's own identities, by partition: what a customer's role must trust.
    pub identities: BTreeMap<String, String>,
    /// How often everything is proven again; never, if it is not set.
    pub proofs_every: Option<std::time::Duration>,
    /// How long grants are kept after their end; for ever, if it is not set.
    pub grants_kept: Option<std::time::Duration>,
    /// Tidegate's own tokens; none are issued, if it is not set.
    pub issuer: Option<crate::issuer::Issuer>,
    /// Where clients reach Tidegate: what its own URLs begin with, without a trailing slash.
    pub base: Option<String>,
    /// Is told of every step at which a crash must do no harm; for the crash tests.
    pub at_step: Option<AtStep>,
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Broker(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) methods: BTreeMap<&'static str, Arc<dyn Provider>>,
    pub(crate) installation: InstallationId,
    pub(crate) root: std::sync::RwLock<Arc<RootKey>>,
    /// One seed signs the checkpoints of every log, under the log's own name.
    pub(crate) seed: SecretBytes,
    pub(crate) sessions: SessionCache,
    pub(crate) strangers: crate::people::Strangers,
    pub(crate) connections: ConnectionCache,
    pub(crate) proof_runs: crate::proof_runs::ProofRuns,
    pub(crate) reading: Reading,
}

/// What many callers ask the store for at once: before something is handed out, and what is dear to read.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) bearers: Shared<TokenHash, Option<Bearer>>,
    pub(crate) members: Shared<MemberKey, Option<Member>>,
    pub(crate) places: Shared<PlaceKey, Option<Place>>,
    pub(crate) verdicts: Shared<(Log, Option<u64>), AuditVerdict>,
}

impl Broker {
    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// The time, by the clock of the use cases.
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// Says that a step was reached at which a crash must do no harm.
    pub(crate) fn reached(&self, step: Step) {
        if let Some(at_step) = self.0.parts.options.at_step {
            at_step(step);
        }
    }

    /// The installation's id as text, as the origins of logs have it.
    pub(crate) fn installation(&self) -> String {
        self.0.installation.to_string()
    }

    pub(crate) fn sessions(&self) -> &SessionCache {
        &self.0.sessions
    }

    pub(crate) fn connections(&self) -> &ConnectionCache {
        &self.0.connections
    }

    pub(crate) fn root(&self) -> Arc<RootKey> {
        self.0.root.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn method(&self, id: &str) -> Result<&Arc<dyn Provider>> {
        self.0.methods.get(id).ok_or_else(|| {
            let known: Vec<_> = self.0.methods.keys().copied().collect();
            Error::invalid("/method", format!("there is no method '{id}'; there are {}", known.join(", ")))
        })
    }

    /// Whether the store answers, so that access can be recorded and handed out.
    ///
    /// # Errors
    /// `audit_unavailable` if it does not.
    pub async fn ready(&self) -> Result<()> {
        self.store()
            .read(|tx| Box::pin(store::installation::get(tx)))
            .await
            .map(drop)
            .map_err(crate::audit::unavailable)
    }

    /// Starts the work that nobody waits for; it ends when `stopping` is cancelled.
    pub fn start_background(&self, stopping: CancellationToken) {
        self.0.parts.tasks.spawn(crate::grants::retry(self.clone(), stopping.clone()));
        self.0.parts.tasks.spawn(crate::proof_runs::work(self.clone(), stopping.clone()));
        self.0.parts.tasks.spawn(crate::proof_runs::plan(self.clone(), stopping.clone()));
        self.0.parts.tasks.spawn(crate::housekeeping::run(self.clone(), stopping));
    }

    /// Does work that is finished even if nobody waits for it any more; shutting down waits.
    pub fn in_background<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.parts.tasks.spawn(work)
    }

    /// Waits for background work and closes the store.
    pub async fn close(&self) {
        self.0.parts.tasks.close();
        self.0.parts.tasks.wait().await;
        self.store().close().await;
    }
}
