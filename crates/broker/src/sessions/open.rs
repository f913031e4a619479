//! From a need to a session that serves it.

use std::sync::Arc;

use domain::Result;
use domain::id::{IntegrationId, PrincipalId};
use domain::integration::Integration;
use domain::principal::Caller;
use domain::provider::{Connection, ExternalIdSent, SessionAsk, SessionTags};
use domain::scope::Scope;
use jiff::Timestamp;
use store::projects::StoredProject;

use super::{LEAST_LEFT, Need, Opened, SessionKey, Want, limits};
use crate::Broker;

/// A session that is wanted, and for whom.
pub(crate) struct SessionWish<'a> {
    pub(crate) project: &'a StoredProject,
    pub(crate) integration: &'a Integration,
    pub(crate) caller: &'a Caller,
    /// None for all that the integration may do.
    pub(crate) scope: Option<Scope>,
    pub(crate) need: Need,
    /// Sessions that began then or before were cut off by a revocation.
    pub(crate) not_before: Option<Timestamp>,
}

/// A session, and the connection that it was opened through.
pub(crate) struct Lent {
    pub(crate) opened: Opened,
    pub(crate) connection: Arc<dyn Connection>,
}

impl Broker {
    /// A cached session that serves, or a fresh one; known limits are checked before anything is asked.
    ///
    /// # Errors
    /// `ttl_exceeds_limit` naming the limit and whose it is; the provider's own refusal.
    pub(crate) async fn session_for(&self, wish: SessionWish<'_>) -> Result<Lent> {
        let connection = self.live_connection(wish.project, wish.integration).await?;
        limits::check(connection.facts(), wish.need)?;
        let life = limits::life(connection.facts(), wish.need);
        let tags = tags(connection.as_ref(), wish.project, wish.caller);
        let key = SessionKey {
            integration: wish.integration.id,
            revision: wish.integration.revision,
            principal: wish.caller.principal.id,
            scope: wish.scope.clone(),
            tags: tags.clone(),
        };
        let ask = SessionAsk { scope: wish.scope, tags, ttl: life, external_id: ExternalIdSent::Right };
        let want = Want { need: wish.need, life, now: self.now(), not_before: wish.not_before };
        let opened = self.sessions().get_or_open(&key, &want, || connection.open_session(&ask)).await?;
        if opened.is_ageing(want.now) && opened.left(want.now) >= LEAST_LEFT {
            self.renew_ahead(key, ask, connection.clone());
        }
        Ok(Lent { opened, connection })
    }

    /// The connection of this revision of an integration, kept or made of its secrets.
    pub(crate) async fn live_connection(
        &self,
        project: &StoredProject,
        integration: &Integration,
    ) -> Result<Arc<dyn Connection>> {
        let (id, revision) = (integration.id, integration.revision);
        if let Some(kept) = self.connections().get(id, revision) {
            return Ok(kept);
        }
        let connection = self.connect(project, integration).await?;
        self.connections().put(id, revision, connection.clone());
        Ok(connection)
    }

    /// Forgets all sessions and the secrets of an integration on this node.
    pub(crate) fn forget_integration(&self, id: IntegrationId) {
        self.connections().evict(|kept| kept == id);
        self.sessions().evict(|key| key.integration == id);
    }

    /// Forgets all sessions of a principal on this node.
    pub(crate) fn forget_principal(&self, id: PrincipalId) {
        self.sessions().evict(|key| key.principal == id);
    }

    /// Fetches the next session in the background while the old one still serves.
    fn renew_ahead(&self, key: SessionKey, ask: SessionAsk, connection: Arc<dyn Connection>) {
        if !self.sessions().begin_renewal(&key) {
            return;
        }
        let broker = self.clone();
        self.0.parts.tasks.spawn(async move {
            let now = broker.now();
            let renewed = connection.open_session(&ask).await;
            broker.sessions().end_renewal(&key, renewed.is_ok());
            match renewed {
                Ok(session) => broker.sessions().put(&key, Opened::new(session, now, ask.ttl), now).await,
                Err(error) => {
                    tracing::warn!(integration = %key.integration, %error, "a session could not be renewed ahead");
                }
            }
        });
    }
}

/// For whom a session is opened; only the properties that the role names make a difference.
fn tags(connection: &dyn Connection, project: &StoredProject, caller: &Caller) -> SessionTags {
    let mut tags = crate::integrations::tags(project, caller);
    let named = &connection.facts().user_properties;
    tags.properties.retain(|property, _| named.contains(property));
    tags
}
