//! Showing datasources.

use std::collections::BTreeSet;

use authz::Action;
use domain::audit::Target;
use domain::datasource::{Datasource, Encryption, Purpose};
use domain::id::{IntegrationId, ProjectId};
use domain::name::Name;
use domain::page::{MAX_LIMIT, Page, PageAsk};
use domain::place::{BucketName, Prefix};
use domain::principal::Caller;
use domain::proof::ProofMode;
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::projects::StoredProject;

use crate::Broker;
use crate::proofs::LastProof;

/// A datasource as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DatasourceView {
    /// Never reused.
    pub id: String,
    /// Unique in the project.
    pub name: Name,
    /// The integration it goes through.
    pub integration: Name,
    /// The bucket.
    pub bucket: BucketName,
    /// Everything under it; empty for the whole bucket.
    pub prefix: Prefix,
    /// What the data is for.
    pub purpose: Purpose,
    /// The region of the bucket, given or found out.
    pub region: Option<String>,
    /// Where what is made from this input goes.
    pub output_datasource: Option<Name>,
    /// How the bucket must encrypt what is written.
    pub sse: Option<Encryption>,
    /// The origin of the web page that loads objects.
    pub cors_origin: Option<String>,
    /// How it is proven.
    pub proof_mode: ProofMode,
    /// Why it is proven so, if a reason was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether access may be handed out: the last proof passed or is off.
    pub usable: bool,
    /// The last proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_proof: Option<LastProof>,
    /// What to mind, said when it is made or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Grows with every change; also the ETag.
    pub revision: i64,
}

/// The datasource of this name, or the one error for "none" and "not yours".
pub(crate) async fn by_name(tx: &mut Tx, project: &StoredProject, name: &Name) -> Result<Datasource> {
    let found = store::datasources::by_name(tx, project.id, name.as_str()).await?;
    found.ok_or_else(|| Error::not_found("datasource", name.as_str()))
}

/// The datasources of a project that the filter names, all pages of them.
pub(crate) async fn every(tx: &mut Tx, project: ProjectId, filter: DatasourceFilter) -> Result<Vec<Datasource>> {
    let mut found = Vec::new();
    let mut ask = PageAsk { after: None, limit: MAX_LIMIT };
    loop {
        let page = store::datasources::list(tx, project, &filter, &ask).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => ask.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Which datasources to list; names, as the API shows them.
#[derive(Debug, Clone, Default)]
pub struct DatasourceQuery {
    /// Those that go through this integration.
    pub integration: Option<String>,
    /// For this.
    pub purpose: Option<Purpose>,
    /// Usable, or not.
    pub usable: Option<bool>,
    /// Whose name holds this.
    pub contains: Option<String>,
}

/// A datasource with the names of what it refers to.
pub(super) async fn view(tx: &mut Tx, datasource: Datasource) -> Result<DatasourceView> {
    let views = views(tx, datasource.project, vec![datasource]).await?;
    views.into_iter().next().ok_or_else(|| Error::internal("a datasource has a view"))
}

/// Several of one project, with a few statements, however many they are.
async fn views(tx: &mut Tx, project: ProjectId, datasources: Vec<Datasource>) -> Result<Vec<DatasourceView>> {
    let integrations: BTreeSet<_> = datasources.iter().map(|datasource| datasource.integration).collect();
    let outputs: BTreeSet<_> = datasources.iter().filter_map(|datasource| datasource.output_datasource).collect();
    let integrations = store::integrations::names(tx, project, integrations).await?;
    let outputs = store::datasources::names(tx, project, outputs).await?;
    let ids = datasources.iter().map(|datasource| datasource.id.to_string());
    let proofs = store::last_proofs::of(tx, project, ids).await?;
    let gone = || Error::internal("a datasource refers to a row that is gone");
    let view = |datasource: Datasource| {
        let output = datasource.output_datasource.map(|id| outputs.get(&id).cloned().ok_or_else(gone)).transpose()?;
        let id = datasource.id.to_string();
        Ok(DatasourceView {
            name: datasource.name,
            integration: integrations.get(&datasource.integration).cloned().ok_or_else(gone)?,
            bucket: datasource.bucket,
            prefix: datasource.prefix,
            purpose: datasource.purpose,
            region: datasource.region,
            output_datasource: output,
            sse: datasource.sse,
            cors_origin: datasource.cors_origin,
            proof_mode: datasource.proof_mode,
            reason: datasource.reason,
            usable: datasource.usable,
            last_proof: proofs.get(&id).map(LastProof::of),
            notes: Vec::new(),
            created_at: datasource.created_at,
            updated_at: datasource.updated_at,
            revision: datasource.revision,
            id,
        })
    };
    datasources.into_iter().map(view).collect()
}

async fn integration_named(tx: &mut Tx, project: ProjectId, name: &str) -> Result<IntegrationId> {
    let found = store::integrations::by_name(tx, project, name).await?;
    found.map(|found| found.id).ok_or_else(|| Error::not_found("integration", name))
}

/// Where writing through one datasource of the project changes what is read through another.
pub(super) async fn overlaps(tx: &mut Tx, datasource: &Datasource) -> Result<Vec<String>> {
    let others = every(tx, datasource.project, DatasourceFilter::default()).await?;
    let meets = |other: &&Datasource| {
        let (one, two) = (&datasource.prefix, &other.prefix);
        let differ = datasource.purpose.writes() || other.purpose.writes();
        other.id != datasource.id && other.bucket == datasource.bucket && differ && (one.covers(two) || two.covers(one))
    };
    let say = |other: &Datasource| {
        format!(
            "'{}' ({}) is at '{}' of the same bucket: what one of the two writes, the other shows",
            other.name,
            other.purpose.as_str(),
            other.prefix
        )
    };
    Ok(others.iter().filter(meets).map(say).collect())
}

impl Broker {
    /// One datasource.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_datasource(&self, caller: &Caller, project: &Name, name: &Name) -> Result<DatasourceView> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceShow, target).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let datasource = by_name(tx, &entered.project, &name).await?;
                    view(tx, datasource).await
                })
            })
            .await
    }

    /// The datasources of a project, by name.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see, and for a filter that names no integration.
    pub async fn list_datasources(
        &self,
        caller: &Caller,
        project: &Name,
        query: DatasourceQuery,
        page: PageAsk,
    ) -> Result<Page<DatasourceView>> {
        let entered = self.enter(caller, project, Action::DatasourceList, Target::named("project", project)).await?;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let project = entered.project.id;
                    let integration = match &query.integration {
                        Some(name) => Some(integration_named(tx, project, name).await?),
                        None => None,
                    };
                    let DatasourceQuery { purpose, usable, contains, .. } = query;
                    let filter = DatasourceFilter { integration, purpose, usable, contains, output_datasource: None };
                    let found = store::datasources::list(tx, project, &filter, &page).await?;
                    let items = views(tx, project, found.items).await?;
                    Ok(Page { items, next: found.next })
                })
            })
            .await
    }
}
