//! `tidegate backup`: copies of the embedded database.
//!
//! The database and the root key are separate things. A copy holds no root key and is worthless
//! without the one that it was made under; a restore that would bring another installation's data or
//! another root key together is refused.

use std::path::Path;
use std::process::ExitCode;

use domain::step::AtStep;
use domain::{Error, ErrorKind, Result};
use keyring::{RootKeyCheck, open_root_key};
use store::{Manifest, Store, StoreConfig};

use crate::cli::{BackupCommand, Failure, Terminal, Yes, fail};
use crate::config::{Config, Environment, Store as Kept};
use crate::wire::{lock_data_dir, open_existing_store, root_key};

/// Makes or restores a copy.
pub(crate) async fn run(command: BackupCommand, config: Config, env: Environment) -> ExitCode {
    let done = match &command {
        BackupCommand::Create { file, .. } => create(&config, &env, file).await,
        BackupCommand::Restore { file, yes, .. } => restore(&config, &env, file, *yes).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&Failure::of(&error), false),
    }
}

async fn create(config: &Config, env: &Environment, file: &Path) -> Result<()> {
    let store = open_existing_store(config).await?;
    let manifest = store.backup(file, at_step(env)).await;
    store.close().await;
    let Manifest { installation, root_key_id, schema_version, .. } = manifest?;
    println!("{}: installation {installation}, schema {schema_version}", file.display());
    println!("the root key {root_key_id} is not in it: keep it apart, without it the secrets in the copy are lost");
    Ok(())
}

async fn restore(config: &Config, env: &Environment, file: &Path, yes: Yes) -> Result<()> {
    let Kept::Sqlite { path } = &config.store else {
        return Err(Error::new(ErrorKind::Unsupported, "Tidegate restores its embedded database only")
            .with_hint("use psql or pg_restore for PostgreSQL"));
    };
    let manifest = Store::inspect_backup(file).await?;
    refuse_another_root_key(config, &manifest)?;
    let _lock = lock_data_dir(config)?;
    if path.exists() {
        refuse_another_installation(path, &manifest).await?;
    }
    let question = format!("replace the database {} by {}?", path.display(), file.display());
    Terminal::new(None, env)
        .confirm(&question, yes.yes)
        .map_err(|failure| Error::new(ErrorKind::Conflict, failure.render(false)))?;
    let kept = Store::restore(file, path, at_step(env)).await?;
    println!("restored installation {} (schema {})", manifest.installation, manifest.schema_version);
    if let Some(kept) = kept {
        println!("the database that was there is now {}", kept.display());
    }
    println!("grants that were made after the copy are not in it: revoke at the cloud what must not live on");
    Ok(())
}

fn at_step(env: &Environment) -> AtStep {
    crate::failpoint::of(env).unwrap_or(domain::step::nobody)
}

/// The configured root key must open what the copy holds.
fn refuse_another_root_key(config: &Config, manifest: &Manifest) -> Result<()> {
    let check: RootKeyCheck = serde_json::from_str(&manifest.root_key_check).map_err(Error::internal)?;
    open_root_key(&root_key(config), Some(&check)).map(drop).map_err(|error| {
        Error::new(ErrorKind::Conflict, format!("this copy does not belong to the configured root key: {error}"))
            .with_hint(format!("configure the root key {} first, then restore", manifest.root_key_id))
    })
}

async fn refuse_another_installation(path: &Path, manifest: &Manifest) -> Result<()> {
    let store = Store::open(&StoreConfig::Sqlite { path: path.to_owned() }).await?;
    let there = store.read(|tx| Box::pin(store::installation::get(tx))).await;
    store.close().await;
    match there? {
        Some(there) if there.id != manifest.installation => {
            let message =
                format!("the database there is of installation {}, the copy of {}", there.id, manifest.installation);
            Err(Error::new(ErrorKind::Conflict, message)
                .with_hint("move the database away first if that is what you want"))
        }
        Some(_) | None => Ok(()),
    }
}
