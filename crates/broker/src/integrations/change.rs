//! Changing an integration: the new state is proven before the old one is given up.

use std::collections::BTreeMap;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::integration::{Integration, IntegrationState, Settings};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{Proof, ProofMode, ProofStatus};
use domain::provider::Provider;
use domain::secret::{SecretBytes, Secrets};
use domain::{Error, ErrorKind, FieldError, Result};
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

/// A change: what is left out is kept.
#[derive(Default)]
pub struct ChangeIntegration {
    /// Public settings; `None` removes one.
    pub settings: BTreeMap<String, Option<String>>,
    /// Secrets; blank keeps the one there is, `None` removes it.
    pub secrets: BTreeMap<String, Option<SecretBytes>>,
    /// Why the new state is not proven, if it is not to be.
    pub unproven: Option<String>,
    /// Keep what was typed as `pending`, without asking anything of the provider; a proof makes it active.
    pub draft: bool,
}

impl Broker {
    /// Changes settings or secrets of an integration at this revision.
    ///
    /// # Errors
    /// `precondition_failed` where it has moved on; `conflict` for a draft of what is in use; `invalid` where a
    /// secret is needed again;
    /// `proof_failed` or `trust_not_enforced` with the proof, and then nothing is changed.
    pub async fn change_integration(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        revision: i64,
        change: ChangeIntegration,
        observer: &dyn Observer,
    ) -> Result<Created<IntegrationView>> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationChange, target).await?;
        let (mut integration, kept) = self.with_secrets(&entered, name).await?;
        if integration.revision != revision {
            return Err(moved_on("integration", name));
        }
        if change.draft {
            may_be_a_draft(&integration, &change)?;
        }
        let method = self.method(&integration.method)?.clone();
        let merged = merge(method.as_ref(), &mut integration.settings, &kept, &change)?;
        let ask = self.connect_ask(&entered.project, Some(name), integration.settings.clone(), merged.secrets);
        self.check_settings(&method, &ask)?;
        let pending = change.draft || method.descriptor().waits(&integration.settings);
        let (paused, mut proof) = (integration.state == IntegrationState::Paused, None);
        (integration.state, integration.reason) = if pending {
            (IntegrationState::Pending, None)
        } else if let Some(reason) = change.unproven.clone() {
            let target = Target::new("integration", integration.id).with_name(name);
            let connection = method.connect(ask)?;
            self.require_trust(caller, &entered, Action::IntegrationChange, target, connection).await?;
            (IntegrationState::Unproven, Some(reason))
        } else {
            let run = self.prove(caller, &entered, method.connect(ask)?, ProofMode::Full, None, observer).await;
            if run.proof.status != ProofStatus::Passed {
                let target = Target::new("integration", integration.id).with_name(name);
                return Err(self.refuse_unproven(caller, &entered, Action::IntegrationChange, target, &run).await);
            }
            proof = Some(run.proof);
            (IntegrationState::Active, None)
        };
        if paused && !pending {
            integration.state = IntegrationState::Paused;
        }
        let made = self.keep_change(caller, entered, integration, change, merged.moved, proof.clone()).await?;
        Ok(Created { made, proof })
    }

    pub(crate) async fn with_secrets(&self, entered: &Entered, name: &Name) -> Result<(Integration, Secrets)> {
        let (project, name) = (entered.project.clone(), name.clone());
        let vault = Vault::new(self.root(), project.id);
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = by_name(tx, &project, &name).await?;
                    let secrets = vault.open(tx, &super::owner(integration.id)).await?;
                    Ok((integration, secrets))
                })
            })
            .await
    }

    async fn keep_change(
        &self,
        caller: &Caller,
        entered: Entered,
        mut integration: Integration,
        change: ChangeIntegration,
        moved: Moved,
        proof: Option<Proof>,
    ) -> Result<IntegrationView> {
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let vault = Vault::new(self.root(), entered.project.id);
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
                    let (set, removed) = split(&change.secrets);
                    vault.put(tx, &owner, &set, caller.principal.id, now).await?;
                    for field in &removed {
                        store::secrets::retire(tx, integration.project, &owner, field).await?;
                    }
                    if moved.role {
                        crate::grants::leave_to_expiry(tx, integration.project, id, now).await?;
                    }
                    if moved.secrets {
                        // Going back to a version would send it to another host than it was given for.
                        store::secrets::delete_old(tx, integration.project, &owner).await?;
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
                    let fields: Vec<_> = change.settings.keys().cloned().collect();
                    let rotated: Vec<_> = set.keys().cloned().collect();
                    let changed = event(Action::IntegrationChange, Outcome::Done, entered.rule, target)
                        .with("settings", fields)
                        .with("secrets_set", rotated)
                        .with("secrets_removed", removed)
                        .with("reason", change.unproven);
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
        // Sessions of the old revision are no longer found; forgetting them frees their credentials at once.
        self.forget_integration(id);
        Ok(view)
    }
}

/// Only what nothing is handed out through is changed without a proof.
fn may_be_a_draft(integration: &Integration, change: &ChangeIntegration) -> Result<()> {
    if change.unproven.is_some() {
        return Err(Error::invalid("/draft", "a draft is proven later: leave 'proof' out"));
    }
    if matches!(integration.state, IntegrationState::Pending | IntegrationState::Failed) {
        return Ok(());
    }
    let message = format!("the integration '{}' is no draft any more, so a change of it is proven", integration.name);
    Err(Error::new(ErrorKind::Conflict, message).with_hint("leave 'draft' out"))
}

/// New secrets, and the fields to be without one; a blank secret means neither.
fn split(secrets: &BTreeMap<String, Option<SecretBytes>>) -> (Secrets, Vec<String>) {
    let set = secrets.iter().filter_map(|(field, secret)| Some((field.clone(), secret.clone()?)));
    let set = set.filter(|(_, secret)| !secret.is_empty()).collect();
    let removed = secrets.iter().filter(|(_, secret)| secret.is_none()).map(|(field, _)| field.clone()).collect();
    (set, removed)
}

/// The secrets of a new state.
struct Merged {
    secrets: Secrets,
    moved: Moved,
}

/// What is not where it was.
#[derive(Clone, Copy)]
struct Moved {
    /// The secrets belong to another host or account than those before.
    secrets: bool,
    /// Sessions are of another role than those before, or cannot be cut off any more.
    role: bool,
}

/// Applies a change to settings, and gives the secrets that the new state has.
fn merge(method: &dyn Provider, settings: &mut Settings, kept: &Secrets, change: &ChangeIntegration) -> Result<Merged> {
    let before = settings.clone();
    for (field, value) in &change.settings {
        match value {
            Some(value) => settings.insert(field.clone(), value.clone()),
            None => settings.remove(field),
        };
    }
    let (set, removed) = split(&change.secrets);
    let moved = |name: &str| before.get(name) != settings.get(name);
    let rebound = method.descriptor().setting_fields().find(|field| field.rebinds_secret && moved(field.name));
    if let Some(field) = rebound {
        // A stored secret is never sent to another host or used for another account than it was given for.
        let again = kept.keys().filter(|name| !set.contains_key(*name) && !removed.contains(name));
        let message = format!("changing '{}' requires this secret again", field.name);
        let wrong: Vec<_> = again.map(|name| FieldError::new(format!("/secrets/{name}"), message.clone())).collect();
        if !wrong.is_empty() {
            return Err(Error::invalid_fields(wrong));
        }
    }
    let mut secrets = kept.clone();
    secrets.retain(|name, _| !removed.contains(name));
    secrets.extend(set);
    let role = ["role_arn", "endpoint", "revoke_sessions"].into_iter().any(moved);
    Ok(Merged { secrets, moved: Moved { secrets: rebound.is_some(), role } })
}
