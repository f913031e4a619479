//! `tidegate user reset-password --offline`: for the administrator who is locked out.

use std::process::ExitCode;

use domain::secret::SecretBytes;
use domain::{Error, Result};

use crate::cli::{Failure, ResetPasswordArgs, fail};
use crate::config::{Config, files};
use crate::wire::open_existing_store;

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
    let store = open_existing_store(config).await?;
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
