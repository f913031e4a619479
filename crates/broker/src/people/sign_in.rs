//! Signing in with name and password, and out again.

use std::time::Duration;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::name::UserName;
use domain::principal::{Caller, Origin};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::tokens::{StoredToken, TokenKind};

use super::attempts::{self, Attempt, Known};
use super::{device, find, password, token};
use crate::Broker;
use crate::audit::{Log, append, event};

/// A signed-in session lasts so long.
const SESSION: Duration = Duration::from_secs(12 * 3600);
/// Beginning a session is done by nobody yet, so it is no action that `authz` decides.
const BEGIN: &str = "session.begin";

/// A session that has begun.
pub struct SignedIn {
    /// Shown once.
    pub token: SecretBytes,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Broker {
    /// Begins a session; with `new_password` the password is changed first.
    ///
    /// # Errors
    /// `unauthenticated` for a wrong name or password alike; `rate_limited` while the account is shut;
    /// `password_change_required` for a generated password without `new_password`.
    pub async fn sign_in(
        &self,
        name: &str,
        presented: SecretBytes,
        new_password: Option<SecretBytes>,
        origin: Origin,
    ) -> Result<SignedIn> {
        let known = match name.parse::<UserName>() {
            Ok(name) => self.store().read(move |tx| Box::pin(async move { attempts::known(tx, &name).await })).await?,
            Err(_) => None,
        };
        let attempt = Attempt { name, action: BEGIN, origin: &origin };
        self.verify_password(known.as_ref(), presented.clone(), attempt).await?;
        let Some(known) = known else { return Err(Error::internal("a right password has a user")) };
        if known.password.must_change && new_password.is_none() {
            let message = "this password was generated and must be changed first";
            let error = Error::new(ErrorKind::PasswordChangeRequired, message);
            return Err(error.with_hint("send 'new_password' beside it; 'tidegate login' asks for one"));
        }
        let hash = match new_password {
            Some(new) => {
                password::check_new("/new_password", &known.principal.name, &presented, &new)?;
                Some(password::hash(new).await?)
            }
            None => None,
        };
        self.begin_session(known, hash, origin).await
    }

    async fn begin_session(&self, known: Known, new_hash: Option<String>, origin: Origin) -> Result<SignedIn> {
        let (now, installation) = (self.now(), self.installation());
        let (token, hash) = token::generate()?;
        let caller = attempts::unsigned(known.principal, origin);
        let row = session(&caller, now)?;
        let expires_at = row.expires_at;
        let shown = known.password.hash;
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let principal = caller.principal.id;
                    attempts::still_right(tx, principal, &shown, now).await?;
                    let target = find::target(&caller.principal);
                    if let Some(new) = new_hash {
                        store::passwords::set(tx, principal, &new, false, now).await?;
                        // Whoever knew the old password is out.
                        store::tokens::revoke_sessions(tx, principal, None, now).await?;
                        let changed = event(Action::PasswordChange, Outcome::Done, "own", target.clone());
                        append(tx, &installation, Log::Installation, now, Some(&caller), &changed).await?;
                    }
                    store::passwords::clear_failures(tx, principal).await?;
                    store::tokens::insert(tx, &row, &hash).await?;
                    if let Some(device) = caller.origin.user_agent.as_deref().and_then(device::family) {
                        store::tokens::note_device(tx, row.id, &device).await?;
                    }
                    let mut begun = event(Action::SessionEnd, Outcome::Done, "password", target);
                    BEGIN.clone_into(&mut begun.action);
                    append(tx, &installation, Log::Installation, now, Some(&caller), &begun).await.map(drop)
                })
            })
            .await
            .map_err(crate::audit::unavailable)?;
        Ok(SignedIn { token, expires_at })
    }

    /// Ends the caller's session, or revokes the token that he uses.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        let target = Target::new("token", caller.token);
        let rule = self.permit(caller, Action::SessionEnd, target.clone()).await?;
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    store::tokens::revoke(tx, caller.token, now).await?;
                    let ended = event(Action::SessionEnd, Outcome::Done, rule, target);
                    append(tx, &installation, Log::Installation, now, Some(&caller), &ended).await.map(drop)
                })
            })
            .await
    }
}

fn session(caller: &Caller, now: Timestamp) -> Result<StoredToken> {
    Ok(StoredToken {
        id: caller.token,
        principal: caller.principal.id,
        limit: None,
        kind: TokenKind::Session,
        name: "session".to_owned(),
        created_at: now,
        expires_at: now.saturating_add(SESSION).map_err(Error::internal)?,
        last_used_at: None,
        revoked_at: None,
    })
}
