//! The first start, and every other one.

use std::sync::{Arc, RwLock};

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::{InstallationId, PrincipalId, TokenId};
use domain::principal::{Principal, PrincipalKind};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use jiff::{Timestamp, ToSpan as _};
use keyring::{RootKey, RootKeyCheck, RootKeySource, WrappedKey, open_root_key};
use store::Store;
use store::installation::Installation;
use store::principals::StoredPrincipal;
use store::tokens::{StoredToken, TokenKind};

use crate::audit::{Log, append, event};
use crate::broker::{Broker, Inner, Parts, Reading};
use crate::people::{password, token};
use crate::sessions::{ConnectionCache, SessionCache};

/// The name of the first administrator.
const ADMINISTRATOR: &str = "admin";
/// What the sealed signing key is bound to.
pub(crate) const SIGNING_KEY: &str = "audit-signing-key";
/// The bootstrap token lives as long as a newcomer may take to make his own.
const BOOTSTRAP_TOKEN_DAYS: i32 = 90;

/// What the first start on an empty store makes; ignored once there is data.
#[derive(Debug, Default)]
pub struct Bootstrap {
    /// The administrator's password; generated if none is given, and then to be changed at first sign-in.
    pub admin_password: Option<SecretBytes>,
    /// Make an API token of the administrator as well.
    pub admin_token: bool,
}

/// A broker, and what the first start has made: to be shown once.
pub struct Started {
    /// The use cases.
    pub broker: Broker,
    /// The administrator's generated password.
    pub generated_password: Option<SecretBytes>,
    /// The administrator's token.
    pub admin_token: Option<SecretBytes>,
}

/// Whether the store is empty, so that the next start will be the first.
///
/// # Errors
/// Those of the store.
pub async fn is_new(store: &Store) -> Result<bool> {
    Ok(read(store).await?.is_none())
}

/// Opens the installation in the store, or makes it in an empty one.
///
/// # Errors
/// A missing or wrong root key where data exists: nothing is made, nothing is changed.
pub async fn start(parts: Parts, root: &RootKeySource, bootstrap: Bootstrap) -> Result<Started> {
    if let Some(kept) = read(&parts.store).await? {
        return resume(parts, root, &kept);
    }
    match first(&parts, root, bootstrap).await {
        Ok((kept, generated_password, admin_token)) => {
            let started = resume(parts, root, &kept)?;
            Ok(Started { broker: started.broker, generated_password, admin_token })
        }
        // Another node was faster: its installation is ours.
        Err(error) if error.kind() == ErrorKind::Conflict => match read(&parts.store).await? {
            Some(kept) => resume(parts, root, &kept),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

async fn read(store: &Store) -> Result<Option<Installation>> {
    store.read(|tx| Box::pin(store::installation::get(tx))).await
}

fn resume(parts: Parts, root: &RootKeySource, kept: &Installation) -> Result<Started> {
    let check: RootKeyCheck = serde_json::from_str(&kept.root_key_check).map_err(Error::internal)?;
    let (root, _) = open_root_key(root, Some(&check))?;
    let sealed = WrappedKey { root_key_id: kept.root_key_id.clone(), bytes: kept.signing_key.clone() };
    let seed = root.open_system(SIGNING_KEY, &sealed)?;
    let methods = parts.methods.iter().map(|method| (method.descriptor().id, method.clone())).collect();
    let inner = Inner {
        parts,
        methods,
        installation: kept.id,
        root: RwLock::new(Arc::new(root)),
        seed,
        sessions: SessionCache::default(),
        strangers: crate::people::Strangers::default(),
        connections: ConnectionCache::default(),
        proof_runs: crate::proof_runs::ProofRuns::default(),
        reading: Reading::default(),
    };
    Ok(Started { broker: Broker(Arc::new(inner)), generated_password: None, admin_token: None })
}

type Made = (Installation, Option<SecretBytes>, Option<SecretBytes>);

async fn first(parts: &Parts, root: &RootKeySource, bootstrap: Bootstrap) -> Result<Made> {
    let now = parts.clock.now();
    let (root, check) = open_root_key(root, None)?;
    let installation = installation(&root, &check, now)?;
    let (chosen, generated) = match bootstrap.admin_password {
        Some(chosen) => {
            password::check("/password", ADMINISTRATOR, &chosen)?;
            (chosen, None)
        }
        None => {
            let generated = password::generate()?;
            (generated.clone(), Some(generated))
        }
    };
    let hash = password::hash(chosen).await?;
    let admin = StoredPrincipal {
        principal: Principal {
            id: PrincipalId::new(),
            kind: PrincipalKind::User,
            name: ADMINISTRATOR.to_owned(),
            administrator: true,
            properties: std::collections::BTreeMap::new(),
        },
        project: None,
        disabled: false,
        created_at: now,
    };
    let (token, row) = match bootstrap.admin_token {
        true => bootstrap_token(admin.principal.id, now).map(|(token, row, hash)| (Some(token), Some((row, hash))))?,
        false => (None, None),
    };
    let must_change = generated.is_some();
    let made = installation.clone();
    parts
        .store
        .write(move |tx| {
            Box::pin(async move {
                store::installation::create(tx, &made).await?;
                store::principals::insert(tx, &admin).await?;
                store::passwords::set(tx, admin.principal.id, &hash, must_change, now).await?;
                if let Some((row, hash)) = &row {
                    store::tokens::insert(tx, row, hash).await?;
                }
                let target = Target::new("user", admin.principal.id);
                let born = event(Action::UserCreate, Outcome::Done, "first-start", target);
                append(tx, &made.id.to_string(), Log::Installation, now, None, &born).await.map(drop)
            })
        })
        .await?;
    Ok((installation, generated, token))
}

fn installation(root: &RootKey, check: &RootKeyCheck, now: Timestamp) -> Result<Installation> {
    let mut seed = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| Error::internal("no randomness"))?;
    let sealed = root.seal_system(SIGNING_KEY, &seed)?;
    zeroize::Zeroize::zeroize(&mut seed);
    Ok(Installation {
        id: InstallationId::new(),
        created_at: now,
        root_key_id: sealed.root_key_id,
        root_key_check: serde_json::to_string(check).map_err(Error::internal)?,
        signing_key: sealed.bytes,
    })
}

fn bootstrap_token(principal: PrincipalId, now: Timestamp) -> Result<(SecretBytes, StoredToken, [u8; 32])> {
    let (token, hash) = token::generate()?;
    let expires_at = now.saturating_add((24 * BOOTSTRAP_TOKEN_DAYS).hours()).map_err(Error::internal)?;
    let row = StoredToken {
        id: TokenId::new(),
        principal,
        limit: None,
        kind: TokenKind::Api,
        name: "bootstrap".to_owned(),
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    Ok((token, row, hash))
}
