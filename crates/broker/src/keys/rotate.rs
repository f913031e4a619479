//! A new key for a project: what is sealed from now on uses it, what was sealed before is re-wrapped.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::principal::Caller;
use domain::step::Step;
use domain::{Error, Result};
use keyring::{Binding, Sealed, WrappedKey};
use serde::Serialize;
use store::Tx;
use store::project_keys::StoredProjectKey;

use super::Vault;
use crate::Broker;
use crate::audit::{Log, append, event};

/// So many data keys are re-wrapped in one unit of work.
const AT_ONCE: u32 = 200;

/// The keys of a project after a rotation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Rotated {
    /// The version of the new key.
    pub key_version: u32,
    /// How many sealed secrets were re-wrapped under it.
    pub rewrapped: u64,
    /// How many old keys were destroyed, because nothing needs them any more.
    pub destroyed: u64,
}

impl Broker {
    /// Makes a new key for the project, re-wraps every data key under it, and destroys the old keys.
    ///
    /// It can be interrupted and repeated: until an old key is destroyed, everything opens as before.
    ///
    /// # Errors
    /// A sealed secret that does not open: then nothing more is changed.
    pub async fn rotate_key(&self, caller: &Caller, project: &Name) -> Result<Rotated> {
        let entered = self.enter(caller, project, Action::KeyRotate, Target::named("project", project)).await?;
        let (id, now, installation) = (entered.project.id, self.now(), self.installation());
        let (root, by, rule) = (self.root(), caller.clone(), entered.rule);
        let key_version = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let last = store::project_keys::current(tx, id).await?;
                    let version = last.map_or(1, |last| last.version.saturating_add(1));
                    let (_, wrapped) = root.new_project_key(&id.to_string(), version)?;
                    let new = StoredProjectKey {
                        project: id,
                        version,
                        root_key_id: wrapped.root_key_id,
                        wrapped: wrapped.bytes,
                        created_at: now,
                        retired_at: None,
                    };
                    store::project_keys::insert(tx, &new).await?;
                    let rotated = event(Action::KeyRotate, Outcome::Done, rule, Target::new("project", id))
                        .with("key_version", version);
                    append(tx, &installation, Log::Project(id), now, Some(&by), &rotated).await?;
                    Ok(version)
                })
            })
            .await?;
        self.reached(Step::KeyMade);
        let mut rewrapped = 0;
        loop {
            let vault = Vault::new(self.root(), id);
            let round = self.store().write(move |tx| Box::pin(async move { vault.rewrap_some(tx, key_version).await }));
            match round.await? {
                0 => break,
                count => rewrapped += count,
            }
        }
        self.reached(Step::KeysRewrapped);
        let destroyed = self.store().write(move |tx| Box::pin(destroy_old(tx, id, key_version))).await?;
        Ok(Rotated { key_version, rewrapped, destroyed })
    }
}

async fn destroy_old(tx: &mut Tx, project: domain::id::ProjectId, current: u32) -> Result<u64> {
    let needed = store::secrets::count_by_key(tx, project).await?;
    let mut destroyed = 0;
    for key in store::project_keys::list(tx, project).await? {
        let in_use = needed.iter().any(|(version, count)| *version == key.version && *count > 0);
        if key.version < current && !in_use {
            destroyed += u64::from(store::project_keys::delete(tx, project, key.version).await?);
        }
    }
    Ok(destroyed)
}

impl Vault {
    /// Re-wraps some data keys under this version of the project's key, and tells how many.
    async fn rewrap_some(&self, tx: &mut Tx, key_version: u32) -> Result<u64> {
        let rows = store::secrets::under_another_key(tx, self.project, key_version, AT_ONCE).await?;
        let newer = self.key(tx, Some(key_version)).await?;
        let project = self.project.to_string();
        let mut count = 0;
        for row in rows {
            let older = self.key(tx, Some(row.key_version)).await?;
            let binding = Binding { project: &project, owner: &row.owner, field: &row.field, version: row.version };
            let sealed = Sealed {
                key_version: row.key_version,
                wrapped_key: row.wrapped_key.clone(),
                ciphertext: row.ciphertext.clone(),
            };
            let rewrapped = older.rewrap_to(&binding, &sealed, &newer)?;
            if !store::secrets::rewrap(tx, &row, rewrapped.key_version, &rewrapped.wrapped_key).await? {
                return Err(Error::internal("a secret was re-wrapped by somebody else at the same time"));
            }
            count += 1;
        }
        Ok(count)
    }
}

/// The same project key, wrapped by another root key.
pub(super) fn rewrapped(root: &keyring::RootKey, new: &keyring::RootKey, key: &StoredProjectKey) -> Result<WrappedKey> {
    let wrapped = WrappedKey { root_key_id: key.root_key_id.clone(), bytes: key.wrapped.clone() };
    Ok(root.rewrap(&key.project.to_string(), key.version, &wrapped, new)?)
}
