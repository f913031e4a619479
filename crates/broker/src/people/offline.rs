//! A new password for whoever can read the store anyway: the administrator who is locked out.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::clock::Clock;
use domain::secret::SecretBytes;
use domain::{Error, Result};
use store::Store;

use super::password;
use crate::audit::{Log, append, event};

/// Gives a user a password in the store itself, lifts a lock-out, and ends all his sessions and tokens; a
/// generated one is returned and must be changed. It is recorded as done offline, by nobody.
///
/// # Errors
/// `not_found` for an unknown user or an empty store.
pub async fn reset_password_offline(
    store: &Store,
    clock: &dyn Clock,
    name: &str,
    chosen: Option<SecretBytes>,
) -> Result<Option<SecretBytes>> {
    let (hash, generated) = password::chosen(name, chosen).await?;
    let must_change = generated.is_some();
    let (now, name) = (clock.now(), name.to_owned());
    store
        .write(move |tx| {
            Box::pin(async move {
                let missing = || Error::not_found("user", &name);
                let installation = store::installation::get(tx).await?.ok_or_else(missing)?;
                let user = store::principals::user(tx, &name).await?.ok_or_else(missing)?.principal;
                store::passwords::set(tx, user.id, &hash, must_change, now).await?;
                store::tokens::revoke_all(tx, user.id, None, now).await?;
                let target = Target::new("user", user.id);
                let reset = event(Action::UserChange, Outcome::Done, "offline", target)
                    .with("password", "reset")
                    .with_private("name", user.name);
                append(tx, &installation.id.to_string(), Log::Installation, now, None, &reset).await.map(drop)
            })
        })
        .await?;
    Ok(generated)
}
