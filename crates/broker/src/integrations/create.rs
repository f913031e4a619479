//! Making an integration: checked, connected, proven, and only then kept.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::IntegrationId;
use domain::integration::{Integration, IntegrationState, Settings};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::secret::Secrets;
use domain::step::Step;
use domain::{Error, Result};
use store::proofs::ProofOwner;

use super::IntegrationView;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::keys::Vault;
use crate::named::name_taken;
use crate::proofs::{Created, Observer, Run, stored};

/// A new integration, as it is asked for.
pub struct NewIntegration {
    /// Unique in the project.
    pub name: Name,
    /// The method, as in the registry.
    pub method: String,
    /// Public settings.
    pub settings: Settings,
    /// Secrets.
    pub secrets: Secrets,
    /// Why it is not proven, if it is not to be.
    pub unproven: Option<String>,
    /// Keep it as `failed` if the proof fails.
    pub keep: bool,
    /// Keep what was typed as `pending`, without asking anything of the provider; a proof makes it active.
    pub draft: bool,
}

impl Broker {
    /// Makes an integration.
    ///
    /// # Errors
    /// `invalid` with every wrong field; `name_taken`; `trust_not_enforced` or `proof_failed` with the
    /// proof, and then nothing is kept.
    pub async fn create_integration(
        &self,
        caller: &Caller,
        project: &Name,
        new: NewIntegration,
        observer: &dyn Observer,
    ) -> Result<Created<IntegrationView>> {
        let target = Target::named("integration", &new.name);
        let entered = self.enter(caller, project, Action::IntegrationCreate, target).await?;
        if new.draft && (new.unproven.is_some() || new.keep) {
            return Err(Error::invalid("/draft", "a draft is proven later: leave 'proof' and 'keep' out"));
        }
        let method = self.method(&new.method)?.clone();
        let ask = self.connect_ask(&entered.project, Some(&new.name), new.settings.clone(), new.secrets.clone());
        self.check_settings(&method, &ask)?;
        self.refuse_taken_name(&entered, &new.name).await?;
        let pending = new.draft || method.descriptor().waits(&new.settings);
        let (state, run) = match &new.unproven {
            _ if pending => (IntegrationState::Pending, None),
            Some(_) => {
                let target = Target::named("integration", &new.name);
                let connection = method.connect(ask)?;
                self.require_trust(caller, &entered, Action::IntegrationCreate, target, connection).await?;
                (IntegrationState::Unproven, None)
            }
            None => {
                let connection = method.connect(ask)?;
                let run = self.prove(caller, &entered, connection, ProofMode::Full, None, observer).await;
                (self.accept(caller, &entered, &new, &run).await?, Some(run))
            }
        };
        let proof = run.map(|run| run.proof);
        self.reached(Step::IntegrationProven);
        let made = self.keep_integration(caller, &entered, new, state, proof.clone()).await?;
        self.reached(Step::IntegrationKept);
        Ok(Created { made, proof })
    }

    pub(super) async fn refuse_taken_name(&self, entered: &Entered, name: &Name) -> Result<()> {
        let (project, asked) = (entered.project.id, name.clone());
        let taken = self
            .store()
            .read(move |tx| Box::pin(async move { store::integrations::by_name(tx, project, asked.as_str()).await }))
            .await?;
        match taken {
            Some(taken) => Err(name_taken("integration", name, &taken.method)),
            None => Ok(()),
        }
    }

    /// The state that a proof leads to; a refused creation is recorded with what failed.
    async fn accept(
        &self,
        caller: &Caller,
        entered: &Entered,
        new: &NewIntegration,
        run: &Run,
    ) -> Result<IntegrationState> {
        match run.proof.status {
            ProofStatus::Passed => Ok(IntegrationState::Active),
            ProofStatus::Failed if new.keep => Ok(IntegrationState::Failed),
            ProofStatus::Failed | ProofStatus::Inconclusive => {
                let target = Target::named("integration", &new.name);
                Err(self.refuse_unproven(caller, entered, Action::IntegrationCreate, target, run).await)
            }
        }
    }

    async fn keep_integration(
        &self,
        caller: &Caller,
        entered: &Entered,
        new: NewIntegration,
        state: IntegrationState,
        proof: Option<Proof>,
    ) -> Result<IntegrationView> {
        let (now, installation) = (self.now(), self.installation());
        let integration = Integration {
            id: IntegrationId::new(),
            project: entered.project.id,
            name: new.name,
            method: new.method,
            settings: new.settings,
            state,
            reason: new.unproven.filter(|_| state == IntegrationState::Unproven),
            revision: 1,
            created_at: now,
            updated_at: now,
            last_used_at: None,
        };
        let vault = Vault::new(self.root(), entered.project.id);
        let (caller, rule, view) = (caller.clone(), entered.rule, self.viewer(&entered.project, &integration.method));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    store::integrations::insert(tx, &integration).await?;
                    let owner = super::owner(integration.id);
                    vault.put(tx, &owner, &new.secrets, caller.principal.id, now).await?;
                    if let Some(proof) = &proof {
                        let owner = ProofOwner::Integration(integration.id);
                        store::proofs::insert(tx, integration.project, owner, &stored(proof)).await?;
                    }
                    let target = Target::new("integration", integration.id).with_name(&integration.name);
                    let made = event(Action::IntegrationCreate, Outcome::Done, rule, target)
                        .with("method", integration.method.as_str())
                        .with("state", serde_json::to_value(state).map_err(Error::internal)?)
                        .with("settings", serde_json::to_value(&integration.settings).map_err(Error::internal)?)
                        .with("reason", integration.reason.clone());
                    append(tx, &installation, Log::Project(integration.project), now, Some(&caller), &made).await?;
                    view.read(tx, integration).await
                })
            })
            .await
    }
}
