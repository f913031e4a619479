//! A new root key for the installation: every project key is wrapped anew; no secret is touched.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::principal::Caller;
use domain::secret::SecretBytes;
use domain::step::Step;
use domain::{Error, ErrorKind, Result};
use keyring::{RootKey, RootKeyCheck, RootKeySource, WrappedKey, open_root_key, root_key_from_base64};
use serde::Serialize;

use super::rotate::rewrapped;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::start::SIGNING_KEY;

/// All project keys are re-wrapped in one unit of work; an installation has a few thousand at most.
const MOST_KEYS: u32 = 100_000;

/// The root key after a change.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Rewrapped {
    /// The public fingerprint of the root key before.
    pub old_root_key_id: String,
    /// The public fingerprint of the root key from now on.
    pub new_root_key_id: String,
    /// How many project keys were wrapped anew.
    pub rewrapped: u64,
}

/// The keys of one project; never the keys themselves.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProjectKeyStatus {
    /// The version that seals from now on.
    pub key_version: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: jiff::Timestamp,
    /// How many sealed secrets (all versions of them) it wraps.
    pub secrets: u64,
    /// How many an older key still wraps.
    pub under_older_keys: u64,
}

/// Which keys there are; never the keys.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KeyStatus {
    /// The public fingerprint of the root key in use.
    pub root_key_id: String,
    /// How many project keys another root key wraps: those cannot be opened.
    pub under_another_root: u64,
}

/// Where the new root key comes from.
pub enum NewRoot {
    /// The content of a root key file.
    Key(SecretBytes),
    /// A passphrase.
    Passphrase(SecretBytes),
}

impl NewRoot {
    fn open(self) -> Result<(RootKey, RootKeyCheck)> {
        let (pointer, source) = match self {
            Self::Key(text) => {
                let text = text.expose_str().ok_or_else(|| Error::invalid("/new_root_key", "a root key is text"))?;
                let key = root_key_from_base64(text);
                let key = key.map_err(|error| Error::invalid("/new_root_key", error.to_string()))?;
                ("/new_root_key", RootKeySource::Key(key))
            }
            Self::Passphrase(passphrase) => ("/new_passphrase", RootKeySource::Passphrase(passphrase)),
        };
        open_root_key(&source, None).map_err(|error| Error::invalid(pointer, error.to_string()))
    }
}

impl Broker {
    /// Puts a new root key in place of the one in use, all at once or not at all.
    ///
    /// This node goes on with the new key at once; the operator must put it into the configuration, or
    /// the next start will refuse.
    ///
    /// # Errors
    /// `invalid` for what is no key; `conflict` where somebody else has changed it.
    pub async fn rewrap_root(&self, caller: &Caller, new: NewRoot) -> Result<Rewrapped> {
        let rule = self.permit(caller, Action::KeyRewrap, Target::named("installation", self.installation())).await?;
        // Deriving a key from a passphrase takes a while on purpose.
        let (new, check) = tokio::task::spawn_blocking(move || new.open()).await.map_err(Error::internal)??;
        let old = self.root();
        if old.id() == new.id() {
            return Err(Error::new(ErrorKind::Conflict, "this root key is the one in use already"));
        }
        let (old_id, new_id) = (old.id().to_owned(), new.id().to_owned());
        let check = serde_json::to_string(&check).map_err(Error::internal)?;
        let new = std::sync::Arc::new(new);
        let (now, installation, by, next) = (self.now(), self.installation(), caller.clone(), new.clone());
        let (from, to) = (old_id.clone(), new_id.clone());
        let count = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let moved = || Error::new(ErrorKind::Conflict, "somebody else is changing the root key");
                    let kept = store::installation::get(tx).await?.ok_or_else(moved)?;
                    let keys = store::project_keys::under_another_root(tx, &to, MOST_KEYS).await?;
                    for key in &keys {
                        let wrapped = rewrapped(&old, &next, key)?;
                        if !store::project_keys::rewrap(tx, key, &wrapped.root_key_id, &wrapped.bytes).await? {
                            return Err(moved());
                        }
                    }
                    crate::issuer::rewrap(tx, &old, &next).await?;
                    let sealed = WrappedKey { root_key_id: kept.root_key_id, bytes: kept.signing_key };
                    let sealed = old.rewrap_system(SIGNING_KEY, &sealed, &next)?;
                    if !store::installation::replace_root_key(tx, &from, &to, &check, &sealed.bytes).await? {
                        return Err(moved());
                    }
                    let target = Target::named("installation", &installation);
                    let done = event(Action::KeyRewrap, Outcome::Done, rule, target)
                        .with("old_root_key_id", from)
                        .with("new_root_key_id", to);
                    append(tx, &installation, Log::Installation, now, Some(&by), &done).await?;
                    Ok(keys.len())
                })
            })
            .await?;
        self.reached(Step::RootReplaced);
        *self.0.root.write().unwrap_or_else(std::sync::PoisonError::into_inner) = new;
        let rewrapped = u64::try_from(count).map_err(Error::internal)?;
        Ok(Rewrapped { old_root_key_id: old_id, new_root_key_id: new_id, rewrapped })
    }

    /// Which keys there are.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn key_status(&self, caller: &Caller) -> Result<KeyStatus> {
        self.permit(caller, Action::KeyStatus, Target::named("installation", self.installation())).await?;
        let root_key_id = self.root().id().to_owned();
        let asked = root_key_id.clone();
        let strays = self
            .store()
            .read(move |tx| {
                Box::pin(async move { store::project_keys::under_another_root(tx, &asked, MOST_KEYS).await })
            })
            .await?;
        Ok(KeyStatus { root_key_id, under_another_root: u64::try_from(strays.len()).map_err(Error::internal)? })
    }

    /// The keys of a project.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn project_key_status(&self, caller: &Caller, project: &Name) -> Result<ProjectKeyStatus> {
        let entered = self.enter(caller, project, Action::KeyRotate, Target::named("project", project)).await?;
        let id = entered.project.id;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let gone = || Error::internal("the project's key is gone: it was shredded");
                    let current = store::project_keys::current(tx, id).await?.ok_or_else(gone)?;
                    let counts = store::secrets::count_by_key(tx, id).await?;
                    let under = |current_one: bool| {
                        let some = counts.iter().filter(|(version, _)| (*version == current.version) == current_one);
                        some.map(|(_, count)| count).sum()
                    };
                    Ok(ProjectKeyStatus {
                        key_version: current.version,
                        made_at: current.created_at,
                        secrets: under(true),
                        under_older_keys: under(false),
                    })
                })
            })
            .await
    }
}
