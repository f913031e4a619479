//! Going back to an earlier version of a secret, proven before it is switched to.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::secret::SecretBytes;
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::proofs::ProofOwner;

use super::IntegrationView;
use super::connect::by_name;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::keys::Vault;
use crate::named::moved_on;
use crate::proof_runs::prove_datasources_of;
use crate::proofs::{Created, Observer, keep};

/// One version of a secret; never what it is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SecretVersionView {
    /// The field.
    pub field: String,
    /// From 1 on.
    pub version: u32,
    /// Whether it is the one in use.
    pub current: bool,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: Timestamp,
}

impl Broker {
    /// The versions of an integration's secrets, by field, the newest first.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn list_secret_versions(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
    ) -> Result<Vec<SecretVersionView>> {
        let entered = self.enter(caller, project, Action::IntegrationShow, Target::named("integration", name)).await?;
        let (name, broker) = (name.clone(), self.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = by_name(tx, &entered.project, &name).await?;
                    let owner = super::owner(integration.id);
                    let method = broker.method(&integration.method)?;
                    let mut views = Vec::new();
                    for field in method.descriptor().secret_fields() {
                        let versions = store::secrets::versions(tx, integration.project, &owner, field.name).await?;
                        views.extend(versions.into_iter().map(|stored| SecretVersionView {
                            field: stored.field,
                            version: stored.version,
                            current: stored.current,
                            set_at: stored.created_at,
                        }));
                    }
                    Ok(views)
                })
            })
            .await
    }

    /// Switches a secret of an integration to an earlier version.
    ///
    /// The state with that version is proven first, unless the integration waits for its cloud side or
    /// its proof was switched off.
    ///
    /// # Errors
    /// `not_found` where there is no such version; `proof_failed` or `trust_not_enforced` with the proof,
    /// and then nothing is changed.
    pub async fn roll_back_secret(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        field: &str,
        version: u32,
        observer: &dyn Observer,
    ) -> Result<Created<IntegrationView>> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationChange, target).await?;
        let (mut integration, mut secrets) = self.with_secrets(&entered, name).await?;
        secrets.insert(field.to_owned(), self.old_secret(&entered, &integration, field, version).await?);
        let method = self.method(&integration.method)?.clone();
        let ask = self.connect_ask(&entered.project, Some(name), integration.settings.clone(), secrets);
        self.check_settings(&method, &ask)?;
        let mut proof = None;
        if !matches!(integration.state, IntegrationState::Pending | IntegrationState::Unproven) {
            let connection = method.connect(ask)?;
            let run = self.prove(caller, &entered, connection, ProofMode::Full, None, observer).await;
            if run.proof.status != ProofStatus::Passed {
                let target = Target::new("integration", integration.id).with_name(name);
                return Err(self.refuse_unproven(caller, &entered, Action::IntegrationChange, target, &run).await);
            }
            if integration.state == IntegrationState::Failed {
                integration.state = IntegrationState::Active;
            }
            proof = Some(run.proof);
        }
        let made =
            self.keep_roll_back(caller, entered, integration, (field.to_owned(), version), proof.clone()).await?;
        Ok(Created { made, proof })
    }

    async fn old_secret(
        &self,
        entered: &Entered,
        integration: &Integration,
        field: &str,
        version: u32,
    ) -> Result<SecretBytes> {
        let vault = Vault::new(self.root(), entered.project.id);
        let (owner, asked) = (super::owner(integration.id), field.to_owned());
        let found = self
            .store()
            .read(move |tx| Box::pin(async move { vault.open_version(tx, &owner, &asked, version).await }))
            .await?;
        found.ok_or_else(|| Error::not_found("version of this secret", &format!("{field} {version}")))
    }

    async fn keep_roll_back(
        &self,
        caller: &Caller,
        entered: Entered,
        mut integration: Integration,
        (field, version): (String, u32),
        proof: Option<Proof>,
    ) -> Result<IntegrationView> {
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let viewer = self.viewer(&entered.project, &integration.method);
        integration.updated_at = now;
        let id = integration.id;
        let view = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !store::integrations::update(tx, &integration).await? {
                        return Err(moved_on("integration", &integration.name));
                    }
                    integration.revision = integration.revision.saturating_add(1);
                    let owner = super::owner(id);
                    if !store::secrets::set_current(tx, integration.project, &owner, &field, version).await? {
                        return Err(Error::not_found("version of this secret", &format!("{field} {version}")));
                    }
                    let mut news = None;
                    if let Some(proof) = &proof {
                        let what = (integration.project, ProofOwner::Integration(id), &integration.name);
                        news = keep(tx, what, proof, entered.rule, now).await?.changed;
                    }
                    if integration.state.usable() {
                        prove_datasources_of(tx, &integration, Some(&caller.principal), now).await?;
                    }
                    let target = Target::new("integration", id).with_name(&integration.name);
                    let changed = event(Action::IntegrationChange, Outcome::Done, entered.rule, target)
                        .with("secret_rolled_back", field)
                        .with("version", version);
                    let log = Log::Project(integration.project);
                    append(tx, &installation, log, now, Some(&caller), &changed).await?;
                    if let Some(news) = &news {
                        append(tx, &installation, log, now, Some(&caller), news).await?;
                    }
                    viewer.read(tx, integration).await
                })
            })
            .await?;
        self.wake_proof_runs();
        self.forget_integration(id);
        Ok(view)
    }
}
