//! All integrations of the installation.

use std::collections::HashMap;

use authz::Action;
use domain::Result;
use domain::id::IntegrationId;
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::proof::ProofStatus;
use jiff::Timestamp;
use store::Tx;
use store::governance::{Found, Governed, GovernedFilter};
use store::secrets::SecretVersion;

use super::installation;
use crate::Broker;
use crate::integrations::owner;
use crate::proofs::LastProof;

/// Which integrations.
#[derive(Debug, Clone, Default)]
pub struct GovernanceQuery {
    /// In this state.
    pub state: Option<IntegrationState>,
    /// Of this method.
    pub method: Option<String>,
    /// Of which the last proof, or that of one of its datasources, ended so.
    pub proof: Option<ProofStatus>,
    /// That have a right which is not needed, by themselves or at a datasource.
    pub too_wide: bool,
    /// Whose name holds this.
    pub contains: Option<String>,
}

/// An integration as its installation's administrator sees it.
#[derive(Debug, Clone)]
pub struct GovernedIntegration {
    /// Its project.
    pub project: Name,
    /// Never reused.
    pub id: String,
    /// Unique in the project.
    pub name: Name,
    /// The method.
    pub method: String,
    /// How far it has come.
    pub state: IntegrationState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last handed out through it.
    pub last_used_at: Option<Timestamp>,
    /// Its own last proof.
    pub last_proof: Option<LastProof>,
    /// The datasources of which the last proof failed.
    pub failed_datasources: Vec<Name>,
    /// The rights that are not needed, as the last proofs found them.
    pub too_wide: Vec<TooWide>,
    /// Its secrets: how old, never what.
    pub secrets: Vec<GovernedSecret>,
    /// How many datasources go through it.
    pub datasources: u64,
    /// How many grants are live.
    pub live_grants: u64,
}

/// A right that is not needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooWide {
    /// The check that found it.
    pub check: String,
    /// At which datasource; none for the integration itself.
    pub datasource: Option<Name>,
}

/// The age of a secret.
#[derive(Debug, Clone)]
pub struct GovernedSecret {
    /// The field.
    pub field: String,
    /// The version in use.
    pub version: u32,
    /// When that was set.
    pub set_at: Timestamp,
    /// How many versions came after the first.
    pub rotated: u32,
}

impl Broker {
    /// The integrations of all projects, by project and name.
    ///
    /// # Errors
    /// `permission_denied` to all but administrators; `invalid` for a cursor that is none.
    pub async fn list_all_integrations(
        &self,
        caller: &Caller,
        query: GovernanceQuery,
        page: PageAsk,
    ) -> Result<Page<GovernedIntegration>> {
        self.permit(caller, Action::InstallationGovern, installation()).await?;
        let GovernanceQuery { state, method, proof, too_wide, contains } = query;
        let filter = GovernedFilter { state, method, proof, too_wide, contains };
        let now = self.now();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::governance::integrations(tx, &filter, &page).await?;
                    let mut beside = Beside::read(tx, &found.items, now).await?;
                    Ok(found.map(|governed| beside.view(governed)))
                })
            })
            .await
    }
}

/// What stands beside the integrations of one page, each read with one statement.
struct Beside {
    found: HashMap<IntegrationId, Vec<Found>>,
    secrets: HashMap<String, Vec<SecretVersion>>,
    datasources: HashMap<IntegrationId, u64>,
    live: HashMap<IntegrationId, u64>,
}

impl Beside {
    async fn read(tx: &mut Tx, integrations: &[Governed], now: Timestamp) -> Result<Self> {
        let ids = || integrations.iter().map(|governed| governed.id);
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for proof in store::governance::found(tx, ids()).await? {
            found.entry(proof.integration).or_default().push(proof);
        }
        let mut secrets: HashMap<_, Vec<_>> = HashMap::new();
        for secret in store::secrets::of_owners(tx, None, ids().map(owner)).await? {
            secrets.entry(secret.owner.clone()).or_default().push(secret);
        }
        Ok(Self {
            found,
            secrets,
            datasources: store::datasources::count_by_integration(tx, ids()).await?,
            live: store::grants::count_live_by_integration(tx, ids(), now).await?,
        })
    }

    fn view(&mut self, governed: Governed) -> GovernedIntegration {
        let id = governed.id;
        let found = self.found.remove(&id).unwrap_or_default();
        let own = found.iter().find(|proof| proof.datasource.is_none());
        let failed = found.iter().filter(|proof| proof.status == ProofStatus::Failed);
        let wide = found.iter().flat_map(|proof| {
            let of = |check: &String| TooWide { check: check.clone(), datasource: proof.datasource.clone() };
            proof.too_wide.iter().map(of)
        });
        GovernedIntegration {
            project: governed.project_name,
            id: id.to_string(),
            name: governed.name,
            method: governed.method,
            state: governed.state,
            created_at: governed.created_at,
            last_used_at: governed.last_used_at,
            last_proof: own.map(|own| LastProof { status: own.status, checked_at: own.checked_at }),
            failed_datasources: failed.filter_map(|proof| proof.datasource.clone()).collect(),
            too_wide: wide.collect(),
            secrets: ages(&self.secrets.remove(&owner(id)).unwrap_or_default()),
            datasources: self.datasources.get(&id).copied().unwrap_or_default(),
            live_grants: self.live.get(&id).copied().unwrap_or_default(),
        }
    }
}

fn ages(versions: &[SecretVersion]) -> Vec<GovernedSecret> {
    let current = versions.iter().filter(|version| version.current);
    let age = |current: &SecretVersion| {
        let same = versions.iter().filter(|version| version.field == current.field);
        let newest = same.map(|version| version.version).max().unwrap_or(current.version);
        GovernedSecret {
            field: current.field.clone(),
            version: current.version,
            set_at: current.set_at,
            rotated: newest.saturating_sub(1),
        }
    };
    current.map(age).collect()
}
