//! `tidegate user reset-password --offline`: for the administrator who is locked out.

use std::process::ExitCode;

use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};

use crate::cli::{Failure, ResetPasswordArgs, fail};
use crate::config::{Config, Store, files};
use crate::wire::open_store;

/// Gives a user a new password in the store itself.
pub(crate) async fn run(args: ResetPasswordArgs, config: Config) -> ExitCode {
    match reset(&args, &config).await {
        Ok(generated) => {
            show(&args, generated.as_ref());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&Failure::of(&error), false),
    }
}

async fn reset(args: &ResetPasswordArgs, config: &Config) -> Result<Option<SecretBytes>> {
    let chosen = match &args.password_file {
        Some(path) => Some(files::secret(path).map_err(|error| Error::invalid("--password-file", error.to_string()))?),
        None => None,
    };
    if let Store::Sqlite { path } = &config.store
        && !path.exists()
    {
        let message = format!("there is no database at {}", path.display());
        return Err(Error::new(ErrorKind::NotFound, message).with_hint("name the server's configuration with --config"));
    }
    let store = open_store(config).await?;
    let password = broker::reset_password_offline(&store, &domain::clock::SystemClock, &args.name, chosen).await;
    store.close().await;
    password
}

fn show(args: &ResetPasswordArgs, generated: Option<&SecretBytes>) {
    println!("the password of '{}' is set; all of his sessions and tokens have ended", args.name);
    if let Some(password) = generated.and_then(SecretBytes::expose_str) {
        println!("it is {password}, shown this once; it must be changed at the next sign-in");
    }
}
