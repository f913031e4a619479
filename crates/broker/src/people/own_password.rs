//! Changing one's own password, with the old one.

use authz::Action;
use domain::audit::Outcome;
use domain::name::UserName;
use domain::principal::{Caller, PrincipalKind};
use domain::secret::SecretBytes;
use domain::{Error, Result};

use super::attempts::{self, Attempt};
use super::{find, password};
use crate::Broker;
use crate::audit::{Log, append, event};

impl Broker {
    /// Changes the caller's own password and ends his other sessions.
    ///
    /// # Errors
    /// `not_found` for anybody else's; `unauthenticated` for a wrong old password, which is counted as
    /// at sign-in; `rate_limited` while the account is shut.
    pub async fn change_own_password(
        &self,
        caller: &Caller,
        name: &str,
        old: SecretBytes,
        new: SecretBytes,
    ) -> Result<()> {
        let target = find::target(&caller.principal);
        let rule = self.permit(caller, Action::PasswordChange, target.clone()).await?;
        let own: Option<UserName> = match caller.principal.kind {
            PrincipalKind::User if caller.principal.name == name => name.parse().ok(),
            PrincipalKind::User | PrincipalKind::ServiceAccount => None,
        };
        let Some(own) = own else { return Err(Error::not_found("user", name)) };
        let known = self.store().read(move |tx| Box::pin(async move { attempts::known(tx, &own).await })).await?;
        let attempt = Attempt { name, action: Action::PasswordChange.as_str(), origin: &caller.origin };
        self.verify_password(known.as_ref(), old.clone(), attempt).await?;
        password::check_new("/new_password", name, &old, &new)?;
        let (new, shown) = (password::hash(new).await?, known.map(|known| known.password.hash).unwrap_or_default());
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let id = caller.principal.id;
                    attempts::still_right(tx, id, &shown, now).await?;
                    store::passwords::set(tx, id, &new, false, now).await?;
                    store::tokens::revoke_sessions(tx, id, Some(caller.token), now).await?;
                    let changed = event(Action::PasswordChange, Outcome::Done, rule, target);
                    append(tx, &installation, Log::Installation, now, Some(&caller), &changed).await.map(drop)
                })
            })
            .await
    }
}
