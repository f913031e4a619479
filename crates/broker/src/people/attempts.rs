//! Passwords that are presented: compared, counted, and shut out for a while after too many.

use std::time::Duration;

use domain::audit::{Outcome, Target};
use domain::id::{PrincipalId, TokenId};
use domain::name::UserName;
use domain::principal::{Caller, Origin, Principal};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::passwords::StoredPassword;

use super::{find, password};
use crate::Broker;
use crate::audit::{Log, append, event};

/// So many wrong passwords are free; each one more doubles the wait.
const FREE_ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A user who is there, and his password.
pub(super) struct Known {
    pub(super) principal: Principal,
    pub(super) disabled: bool,
    pub(super) password: StoredPassword,
}

/// What a password was presented for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The name that was given.
    pub(super) name: &'a str,
    /// The action in the audit.
    pub(super) action: &'static str,
    /// Where it came from.
    pub(super) origin: &'a Origin,
}

/// How long an account stays shut after so many wrong passwords in a row.
pub(super) fn lock_out(failed: u32) -> Option<Duration> {
    let over = failed.checked_sub(FREE_ATTEMPTS)?;
    Some(FIRST_WAIT.saturating_mul(2_u32.saturating_pow(over)).min(LONGEST_WAIT))
}

/// A user with a password.
pub(super) async fn known(tx: &mut Tx, name: &UserName) -> Result<Option<Known>> {
    let Some(found) = store::principals::user(tx, name.as_str()).await? else { return Ok(None) };
    let password = store::passwords::get(tx, found.principal.id).await?;
    Ok(password.map(|password| Known { principal: found.principal, disabled: found.disabled, password }))
}

fn refuse_while_shut(until: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let Some(until) = until.filter(|until| *until > now) else { return Ok(()) };
    let wait = Duration::try_from(until.duration_since(now)).unwrap_or(FIRST_WAIT);
    let message = "too many wrong passwords: this account is shut for a while";
    Err(Error::new(ErrorKind::RateLimited, message).with_retry_after(wait))
}

fn wrong() -> Error {
    Error::new(ErrorKind::Unauthenticated, "the name or the password is wrong")
}

/// Looks again, in the unit that acts on it: comparing takes long, and others guess meanwhile.
pub(super) async fn still_right(tx: &mut Tx, principal: PrincipalId, hash: &str, now: Timestamp) -> Result<()> {
    let disabled = store::principals::get(tx, principal).await?.is_none_or(|found| found.disabled);
    let kept = store::passwords::get(tx, principal).await?;
    match kept.filter(|kept| !disabled && kept.hash == hash) {
        Some(kept) => refuse_while_shut(kept.locked_until, now),
        None => Err(wrong()),
    }
}

impl Broker {
    /// Succeeds for the right password of a user who may sign in.
    ///
    /// # Errors
    /// `unauthenticated`, counted and recorded, the same for a wrong name; `rate_limited` while shut.
    pub(super) async fn verify_password(
        &self,
        known: Option<&Known>,
        presented: SecretBytes,
        attempt: Attempt<'_>,
    ) -> Result<()> {
        let now = self.now();
        let shut_until = match known {
            Some(known) => known.password.locked_until,
            None => self.0.strangers.shut_until(attempt.name, now),
        };
        refuse_while_shut(shut_until, now)?;
        let good = password::verify(presented, known.map(|known| known.password.hash.clone())).await?;
        match known {
            Some(known) if good && !known.disabled => Ok(()),
            known => Err(self.count_wrong(known, attempt).await),
        }
    }

    /// Counts and records a failed attempt, and gives the one error that all of them have.
    async fn count_wrong(&self, known: Option<&Known>, attempt: Attempt<'_>) -> Error {
        let (now, installation) = (self.now(), self.installation());
        let caller = known.map(|known| unsigned(known.principal.clone(), attempt.origin.clone()));
        let target = match &caller {
            Some(caller) => find::target(&caller.principal),
            None => Target { kind: "user".to_owned(), id: None, name: None },
        };
        let mut refused = event(authz::Action::PasswordChange, Outcome::Refused, "password", target);
        attempt.action.clone_into(&mut refused.action);
        // Whoever was let in before the account was shut is told what the right password would be told, no more.
        let mut shut_until = None;
        if caller.is_none() {
            shut_until = self.0.strangers.shut_until(attempt.name, now);
            if shut_until.is_none() {
                self.0.strangers.count(attempt.name, now);
            }
        }
        if caller.is_none()
            && let Some(address) = attempt.origin.source_ip
        {
            refused = refused.with_private("source_ip", address.to_string());
        }
        let recorded = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(caller) = &caller {
                        shut_until = count(tx, caller.principal.id, now).await?;
                    }
                    append(tx, &installation, Log::Installation, now, caller.as_ref(), &refused).await?;
                    Ok(shut_until)
                })
            })
            .await;
        match recorded {
            Ok(shut_until) => refuse_while_shut(shut_until, now).err().unwrap_or_else(wrong),
            Err(error) => crate::audit::unavailable(error),
        }
    }
}

/// Counts a wrong password of an account that is open; else gives until when it was shut already.
async fn count(tx: &mut Tx, id: PrincipalId, now: Timestamp) -> Result<Option<Timestamp>> {
    let kept = store::passwords::get(tx, id).await?;
    if let Some(until) = kept.and_then(|kept| kept.locked_until).filter(|until| *until > now) {
        return Ok(Some(until));
    }
    let failed = store::passwords::count_failure(tx, id).await?;
    if let Some(until) = lock_out(failed).and_then(|wait| now.saturating_add(wait).ok()) {
        store::passwords::lock(tx, id, until).await?;
    }
    Ok(None)
}

/// Somebody who says who he is and has not shown it yet.
pub(super) fn unsigned(principal: Principal, origin: Origin) -> Caller {
    Caller { principal, token: TokenId::new(), limit: None, must_change_password: false, origin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_after_the_free_attempts_up_to_an_hour() {
        let waits: Vec<_> = [4, 5, 6, 7, 20, u32::MAX].into_iter().map(|n| lock_out(n).map(|w| w.as_secs())).collect();
        assert_eq!(waits, [None, Some(30), Some(60), Some(120), Some(3600), Some(3600)]);
    }
}
