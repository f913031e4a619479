//! Showing integrations: everything but their secrets.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::datasource::Datasource;
use domain::id::{IntegrationId, ProjectId};
use domain::integration::{Integration, IntegrationState, Settings};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::projects::StoredProject;
use store::proofs::ProofOwner;

use super::connect::by_name;
use crate::Broker;
use crate::keys::{SecretInfo, Vault};
use crate::proofs::LastProof;

/// An integration as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IntegrationView {
    /// Never reused.
    pub id: String,
    /// Unique in the project.
    pub name: Name,
    /// The method.
    pub method: String,
    /// How far it has come.
    pub state: IntegrationState,
    /// Why it is unproven, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Public settings.
    pub settings: Settings,
    /// Which secrets are set; never what they are.
    pub secrets: Vec<SecretInfo>,
    /// What the customer's role must require, where the method uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The datasources that go through it.
    pub datasources: Vec<Name>,
    /// The last proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_proof: Option<LastProof>,
    /// When something was last handed out through it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Grows with every change; also the ETag.
    pub revision: i64,
}

/// Reads what a view shows beside the integration's own row.
pub(crate) struct Viewer {
    vault: Vault,
    external_id: Option<String>,
}

impl Viewer {
    pub(crate) async fn read(&self, tx: &mut Tx, integration: Integration) -> Result<IntegrationView> {
        let id = integration.id;
        let last = store::proofs::latest(tx, integration.project, ProofOwner::Integration(id)).await?;
        Ok(IntegrationView {
            id: id.to_string(),
            name: integration.name,
            method: integration.method,
            state: integration.state,
            reason: integration.reason,
            settings: integration.settings,
            secrets: self.vault.show(tx, &super::owner(id)).await?,
            external_id: self.external_id.clone(),
            datasources: datasources_of(tx, integration.project, id).await?,
            last_proof: LastProof::of(last),
            last_used_at: integration.last_used_at,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            revision: integration.revision,
        })
    }
}

/// The names of the datasources that go through an integration.
pub(crate) async fn datasources_of(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Vec<Name>> {
    Ok(every_datasource(tx, project, id).await?.into_iter().map(|datasource| datasource.name).collect())
}

/// The datasources that go through an integration.
pub(crate) async fn every_datasource(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Vec<Datasource>> {
    crate::datasources::every(tx, project, DatasourceFilter { integration: Some(id), output_datasource: None }).await
}

impl Broker {
    pub(crate) fn viewer(&self, project: &StoredProject, method: &str) -> Viewer {
        // A method that takes an external id as a setting uses that one, and the project's not.
        let uses = self.method(method).is_ok_and(|method| {
            let descriptor = method.descriptor();
            descriptor.capabilities.external_id && descriptor.setting_fields().all(|field| field.name != "external_id")
        });
        let external_id = uses.then(|| project.external_id.as_str().to_owned());
        Viewer { vault: Vault::new(self.root(), project.id), external_id }
    }

    /// One integration.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_integration(&self, caller: &Caller, project: &Name, name: &Name) -> Result<IntegrationView> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationShow, target).await?;
        let (broker, project, name) = (self.clone(), entered.project, name.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = by_name(tx, &project, &name).await?;
                    broker.viewer(&project, &integration.method).read(tx, integration).await
                })
            })
            .await
    }

    /// The integrations of a project, by name.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn list_integrations(
        &self,
        caller: &Caller,
        project: &Name,
        page: PageAsk,
    ) -> Result<Page<IntegrationView>> {
        let target = Target::named("project", project);
        let entered = self.enter(caller, project, Action::IntegrationList, target).await?;
        let (broker, project) = (self.clone(), entered.project);
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::integrations::list(tx, project.id, &page).await?;
                    let mut items = Vec::with_capacity(found.items.len());
                    for integration in found.items {
                        let viewer = broker.viewer(&project, &integration.method);
                        items.push(viewer.read(tx, integration).await?);
                    }
                    Ok(Page { items, next: found.next })
                })
            })
            .await
    }
}
