//! Live connections, so that handing out from a warm session opens no secret.
//!
//! A connection is of one revision of its integration: a change of settings or secrets makes a new one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::IntegrationId;
use domain::provider::Connection;

/// The most connections that are kept on one node; each holds the secrets of its integration.
const MOST: usize = 256;

/// With the revision that it is of.
type Kept = HashMap<IntegrationId, (i64, Arc<dyn Connection>)>;

/// Connections by integration.
#[derive(Default)]
pub(crate) struct ConnectionCache {
    kept: Mutex<Kept>,
}

impl ConnectionCache {
    /// The connection of this revision, if it is kept.
    pub(crate) fn get(&self, id: IntegrationId, revision: i64) -> Option<Arc<dyn Connection>> {
        self.lock().get(&id).filter(|(kept, _)| *kept == revision).map(|(_, connection)| connection.clone())
    }

    /// Keeps a connection in place of that of another revision.
    pub(crate) fn put(&self, id: IntegrationId, revision: i64, connection: Arc<dyn Connection>) {
        let mut kept = self.lock();
        if kept.len() >= MOST
            && !kept.contains_key(&id)
            && let Some(any) = kept.keys().next().copied()
        {
            kept.remove(&any);
        }
        kept.insert(id, (revision, connection));
    }

    /// Forgets the connections that the predicate names, and with them their secrets.
    pub(crate) fn evict(&self, gone: impl Fn(IntegrationId) -> bool) {
        self.lock().retain(|id, _| !gone(*id));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
