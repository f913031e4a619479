//! Showing integrations: everything but their secrets.

use std::collections::HashMap;

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
use store::integrations::IntegrationFilter;
use store::projects::StoredProject;

use super::connect::by_name;
use crate::Broker;
use crate::keys::SecretInfo;
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

/// Which integrations to list.
#[derive(Debug, Clone, Default)]
pub struct IntegrationQuery {
    /// In this state.
    pub state: Option<IntegrationState>,
    /// Of this method.
    pub method: Option<String>,
    /// Whose name holds this.
    pub contains: Option<String>,
}

/// Makes views of the integrations of one method.
pub(crate) struct Viewer {
    external_id: Option<String>,
}

impl Viewer {
    pub(crate) async fn read(&self, tx: &mut Tx, integration: Integration) -> Result<IntegrationView> {
        let mut beside = Beside::read(tx, integration.project, std::slice::from_ref(&integration)).await?;
        Ok(self.view(integration, &mut beside))
    }

    fn view(&self, integration: Integration, beside: &mut Beside) -> IntegrationView {
        let id = integration.id;
        IntegrationView {
            id: id.to_string(),
            name: integration.name,
            method: integration.method,
            state: integration.state,
            reason: integration.reason,
            settings: integration.settings,
            secrets: beside.secrets.remove(&super::owner(id)).unwrap_or_default(),
            external_id: self.external_id.clone(),
            datasources: beside.datasources.remove(&id).unwrap_or_default(),
            last_proof: beside.proofs.get(&id.to_string()).map(LastProof::of),
            last_used_at: integration.last_used_at,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            revision: integration.revision,
        }
    }
}

/// What views show beside the integrations' own rows: a few statements, however many they are.
struct Beside {
    secrets: HashMap<String, Vec<SecretInfo>>,
    datasources: HashMap<IntegrationId, Vec<Name>>,
    proofs: HashMap<String, store::last_proofs::LastProof>,
}

impl Beside {
    async fn read(tx: &mut Tx, project: ProjectId, integrations: &[Integration]) -> Result<Self> {
        let ids = || integrations.iter().map(|integration| integration.id);
        let mut secrets: HashMap<_, Vec<_>> = HashMap::new();
        for secret in store::secrets::of_owners(tx, Some(project), ids().map(super::owner)).await? {
            if secret.current {
                let info = SecretInfo { field: secret.field, version: secret.version, set_at: secret.set_at };
                secrets.entry(secret.owner).or_default().push(info);
            }
        }
        Ok(Self {
            secrets,
            datasources: store::datasources::names_by_integration(tx, project, ids()).await?,
            proofs: store::last_proofs::of(tx, project, ids().map(|id| id.to_string())).await?,
        })
    }
}

/// The names of the datasources that go through an integration.
pub(crate) async fn datasources_of(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Vec<Name>> {
    Ok(every_datasource(tx, project, id).await?.into_iter().map(|datasource| datasource.name).collect())
}

/// The datasources that go through an integration.
pub(crate) async fn every_datasource(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Vec<Datasource>> {
    crate::datasources::every(tx, project, DatasourceFilter { integration: Some(id), ..DatasourceFilter::default() })
        .await
}

impl Broker {
    pub(crate) fn viewer(&self, project: &StoredProject, method: &str) -> Viewer {
        // A method that takes an external id as a setting uses that one, and the project's not.
        let uses = self.method(method).is_ok_and(|method| {
            let descriptor = method.descriptor();
            descriptor.capabilities.external_id && descriptor.setting_fields().all(|field| field.name != "external_id")
        });
        let external_id = uses.then(|| project.external_id.as_str().to_owned());
        Viewer { external_id }
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
        query: IntegrationQuery,
        page: PageAsk,
    ) -> Result<Page<IntegrationView>> {
        let target = Target::named("project", project);
        let entered = self.enter(caller, project, Action::IntegrationList, target).await?;
        let (broker, project) = (self.clone(), entered.project);
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let IntegrationQuery { state, method, contains } = query;
                    let filter = IntegrationFilter { state, method, contains };
                    let found = store::integrations::list(tx, project.id, &filter, &page).await?;
                    let mut beside = Beside::read(tx, project.id, &found.items).await?;
                    Ok(found
                        .map(|integration| broker.viewer(&project, &integration.method).view(integration, &mut beside)))
                })
            })
            .await
    }
}
