//! Sealing secrets into the store and opening them again.
//!
//! A secret belongs to an owner (`integration:<id>`) and a field. Each write is a new version under a
//! data key of its own; which row it is, is part of what is sealed, so that rows cannot be swapped.

use std::sync::Arc;

use domain::id::{PrincipalId, ProjectId, SecretId};
use domain::secret::{SecretBytes, Secrets};
use domain::{Error, Result};
use jiff::Timestamp;
use keyring::{Binding, ProjectKey, RootKey, Sealed, WrappedKey};
use store::Tx;
use store::project_keys::StoredProjectKey;
use store::secrets::StoredSecret;

/// What may be shown of a secret.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct SecretInfo {
    /// The field.
    pub field: String,
    /// Its version; grows with every rotation.
    pub version: u32,
    /// When this version was set.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: Timestamp,
}

/// The secrets of one project, with its keys.
pub(crate) struct Vault {
    root: Arc<RootKey>,
    pub(super) project: ProjectId,
}

impl Vault {
    pub(crate) fn new(root: Arc<RootKey>, project: ProjectId) -> Self {
        Self { root, project }
    }

    /// Makes the project's first key.
    pub(crate) async fn create(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let (_, wrapped) = self.root.new_project_key(&self.project.to_string(), 1)?;
        let new = StoredProjectKey {
            project: self.project,
            version: 1,
            root_key_id: wrapped.root_key_id,
            wrapped: wrapped.bytes,
            created_at: now,
            retired_at: None,
        };
        store::project_keys::insert(tx, &new).await
    }

    pub(super) async fn key(&self, tx: &mut Tx, version: Option<u32>) -> Result<ProjectKey> {
        let kept = match version {
            Some(version) => store::project_keys::get(tx, self.project, version).await?,
            None => store::project_keys::current(tx, self.project).await?,
        };
        let kept = kept.ok_or_else(|| Error::internal("the project's key is gone: it was shredded"))?;
        let wrapped = WrappedKey { root_key_id: kept.root_key_id, bytes: kept.wrapped };
        Ok(self.root.open_project_key(&self.project.to_string(), kept.version, &wrapped)?)
    }

    /// Seals secrets as the current versions of their fields.
    pub(crate) async fn put(
        &self,
        tx: &mut Tx,
        owner: &str,
        secrets: &Secrets,
        by: PrincipalId,
        now: Timestamp,
    ) -> Result<()> {
        if secrets.is_empty() {
            return Ok(());
        }
        let key = self.key(tx, None).await?;
        let project = self.project.to_string();
        for (field, secret) in secrets {
            let (id, version) = store::secrets::next_version(tx, self.project, owner, field).await?;
            let sealed = key.seal(&Binding { project: &project, owner, field, version }, secret)?;
            let row = StoredSecret {
                id: id.unwrap_or_else(SecretId::new),
                project: self.project,
                owner: owner.to_owned(),
                field: field.clone(),
                version,
                current: true,
                key_version: sealed.key_version,
                wrapped_key: sealed.wrapped_key,
                ciphertext: sealed.ciphertext,
                fingerprint: key.fingerprint(secret.expose())?,
                created_at: now,
                created_by: by,
            };
            store::secrets::insert(tx, &row).await?;
        }
        Ok(())
    }

    /// Opens the current secrets of an owner.
    pub(crate) async fn open(&self, tx: &mut Tx, owner: &str) -> Result<Secrets> {
        let project = self.project.to_string();
        let mut secrets = Secrets::new();
        for row in store::secrets::of_owner(tx, self.project, owner).await? {
            let key = self.key(tx, Some(row.key_version)).await?;
            let secret = open(&key, &project, &row)?;
            secrets.insert(row.field, secret);
        }
        Ok(secrets)
    }

    /// Opens one version of a field, current or not.
    pub(crate) async fn open_version(
        &self,
        tx: &mut Tx,
        owner: &str,
        field: &str,
        version: u32,
    ) -> Result<Option<SecretBytes>> {
        let rows = store::secrets::versions(tx, self.project, owner, field).await?;
        let Some(row) = rows.into_iter().find(|row| row.version == version) else { return Ok(None) };
        let key = self.key(tx, Some(row.key_version)).await?;
        open(&key, &self.project.to_string(), &row).map(Some)
    }
}

fn open(key: &ProjectKey, project: &str, row: &StoredSecret) -> Result<SecretBytes> {
    let binding = Binding { project, owner: &row.owner, field: &row.field, version: row.version };
    let sealed = Sealed {
        key_version: row.key_version,
        wrapped_key: row.wrapped_key.clone(),
        ciphertext: row.ciphertext.clone(),
    };
    Ok(key.open(&binding, &sealed)?)
}
