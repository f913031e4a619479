//! A new password for someone who cannot give the old one.

use authz::Action;
use domain::Result;
use domain::audit::{Outcome, Target};
use domain::name::UserName;
use domain::principal::Caller;
use domain::secret::SecretBytes;

use super::users::{WithPassword, view};
use super::{find, password};
use crate::Broker;
use crate::audit::{Log, append, event};

impl Broker {
    /// Gives a user a new password and ends his sessions; his API tokens stay.
    ///
    /// # Errors
    /// `not_found`; `invalid` for a password that is too weak.
    pub async fn reset_password(
        &self,
        caller: &Caller,
        name: &UserName,
        given: Option<SecretBytes>,
    ) -> Result<WithPassword> {
        let target = Target { kind: "user".to_owned(), id: None, name: None };
        let rule = self.permit(caller, Action::UserChange, target).await?;
        let (hash, shown) = password::chosen(name.as_str(), given).await?;
        let (now, installation, name, by) = (self.now(), self.installation(), name.clone(), caller.clone());
        let must_change = shown.is_some();
        let user = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let found = find::user(tx, &name).await?;
                    let id = found.principal.id;
                    store::passwords::set(tx, id, &hash, must_change, now).await?;
                    store::tokens::revoke_sessions(tx, id, None, now).await?;
                    let reset = event(Action::UserChange, Outcome::Done, rule, find::target(&found.principal))
                        .with("password", "reset")
                        .with("generated", must_change);
                    let reset = find::naming(reset, &found.principal);
                    append(tx, &installation, Log::Installation, now, Some(&by), &reset).await?;
                    view(tx, found).await
                })
            })
            .await
            .map_err(crate::audit::unavailable)?;
        Ok(WithPassword { user, password: shown })
    }
}
