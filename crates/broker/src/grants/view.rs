//! How a grant is shown.

use std::collections::{HashMap, HashSet};

use domain::Result;
use domain::grant::{GrantKind, GrantScope, GrantState, Revocability};
use domain::id::{DatasourceId, IntegrationId, PrincipalId};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::grants::StoredGrant;

/// A grant as it is shown; never what was handed out.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct GrantView {
    /// Never reused.
    pub id: String,
    /// What was handed out.
    pub kind: GrantKind,
    /// The name of the integration; its id where it is gone.
    pub integration: String,
    /// The name of the datasource; its id where it is gone.
    pub datasource: String,
    /// The name of whom it was handed to.
    pub principal: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Until when what was handed out may still work.
    #[schema(value_type = String, format = DateTime)]
    pub usable_until: Timestamp,
    /// Where it is in its life.
    pub state: GrantState,
    /// How it can be taken back.
    pub revocability: Revocability,
    /// What it allows.
    pub scope: GrantScope,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// Looks up names, each once.
#[derive(Default)]
pub(crate) struct Names {
    integrations: HashMap<IntegrationId, String>,
    datasources: HashMap<DatasourceId, String>,
    principals: HashMap<PrincipalId, String>,
}

impl Names {
    pub(crate) async fn view(&mut self, tx: &mut Tx, stored: StoredGrant) -> Result<GrantView> {
        let StoredGrant { grant, revoked_at, cut_off_at, .. } = stored;
        Ok(GrantView {
            id: grant.id.to_string(),
            kind: grant.kind,
            integration: self.integration(tx, &grant).await?,
            datasource: self.datasource(tx, &grant).await?,
            principal: self.principal(tx, grant.principal).await?,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            usable_until: cut_off_at.map_or(grant.usable_until, |cut| cut.min(grant.usable_until)),
            state: grant.state,
            revocability: grant.revocability,
            scope: grant.scope,
            revoked_at,
        })
    }

    pub(crate) async fn views(&mut self, tx: &mut Tx, stored: Vec<StoredGrant>) -> Result<Vec<GrantView>> {
        self.learn(tx, &stored).await?;
        let mut views = Vec::with_capacity(stored.len());
        for stored in stored {
            views.push(self.view(tx, stored).await?);
        }
        Ok(views)
    }

    /// Looks many up with a few statements; who is gone is left to be found missing.
    async fn learn(&mut self, tx: &mut Tx, stored: &[StoredGrant]) -> Result<()> {
        let Some(project) = stored.first().map(|stored| stored.grant.project) else { return Ok(()) };
        let integrations: HashSet<_> = stored.iter().map(|stored| stored.grant.integration).collect();
        let datasources: HashSet<_> = stored.iter().map(|stored| stored.grant.datasource).collect();
        let principals: HashSet<_> = stored.iter().map(|stored| stored.grant.principal).collect();
        let found = store::integrations::names(tx, project, integrations).await?;
        self.integrations.extend(found.into_iter().map(|(id, name)| (id, name.to_string())));
        let found = store::datasources::names(tx, project, datasources).await?;
        self.datasources.extend(found.into_iter().map(|(id, name)| (id, name.to_string())));
        self.principals.extend(store::principals::names(tx, principals).await?);
        Ok(())
    }

    async fn integration(&mut self, tx: &mut Tx, grant: &domain::grant::Grant) -> Result<String> {
        if let Some(known) = self.integrations.get(&grant.integration) {
            return Ok(known.clone());
        }
        let found = store::integrations::get(tx, grant.project, grant.integration).await?;
        let name = found.map_or_else(|| grant.integration.to_string(), |found| found.name.to_string());
        self.integrations.insert(grant.integration, name.clone());
        Ok(name)
    }

    async fn datasource(&mut self, tx: &mut Tx, grant: &domain::grant::Grant) -> Result<String> {
        if let Some(known) = self.datasources.get(&grant.datasource) {
            return Ok(known.clone());
        }
        let found = store::datasources::get(tx, grant.project, grant.datasource).await?;
        let name = found.map_or_else(|| grant.datasource.to_string(), |found| found.name.to_string());
        self.datasources.insert(grant.datasource, name.clone());
        Ok(name)
    }

    async fn principal(&mut self, tx: &mut Tx, id: PrincipalId) -> Result<String> {
        if let Some(known) = self.principals.get(&id) {
            return Ok(known.clone());
        }
        let found = store::principals::get(tx, id).await?;
        let name = found.map_or_else(|| id.to_string(), |found| found.principal.name);
        self.principals.insert(id, name.clone());
        Ok(name)
    }
}
