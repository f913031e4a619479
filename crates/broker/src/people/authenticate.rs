//! From a token to a caller.

use std::time::Duration;

use authz::Action;
use domain::audit::Target;
use domain::id::TokenId;
use domain::principal::{Caller, Origin};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::principals::StoredPrincipal;
use store::tokens::{StoredToken, TokenKind};

use super::token;
use crate::Broker;

/// When a token was last used is known this exactly; noting it costs a write.
const NOTED_EVERY: Duration = Duration::from_secs(5 * 60);

/// Compares two secrets in a time that does not depend on where they differ.
pub fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}

/// What a token is found by.
pub(crate) type TokenHash = [u8; 32];

/// A token that is known, good or not, and who holds it.
#[derive(Clone)]
pub(crate) struct Bearer {
    token: StoredToken,
    holder: StoredPrincipal,
    must_change_password: bool,
}

impl Bearer {
    fn is_good(&self, now: Timestamp) -> bool {
        self.token.is_good(now) && !self.holder.disabled
    }
}

impl Broker {
    /// The caller behind a token.
    ///
    /// # Errors
    /// `unauthenticated`, the same for unknown, expired, revoked and disabled.
    pub async fn authenticate(&self, presented: &SecretBytes, origin: Origin) -> Result<Caller> {
        let (hash, now) = (token::hash(presented), self.now());
        let found = self.0.reading.bearers.get(hash, || self.read_bearer(hash, now)).await?;
        // Judged by the time of this caller, whoever has read it.
        let Some(Bearer { token, holder, must_change_password }) = found.filter(|found| found.is_good(now)) else {
            let error = Error::new(ErrorKind::Unauthenticated, "this token is not known, has expired or was revoked");
            return Err(error.with_hint("sign in again with 'tidegate login', or ask for a new token"));
        };
        let (principal, limit) = (holder.principal, token.limit);
        Ok(Caller { principal, token: token.id, limit, must_change_password, origin })
    }

    /// Whose token it is; notes its use.
    async fn read_bearer(&self, hash: TokenHash, now: Timestamp) -> Result<Option<Bearer>> {
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let Some(token) = store::tokens::find(tx, &hash).await? else { return Ok(None) };
                let Some(holder) = store::principals::get(tx, token.principal).await? else { return Ok(None) };
                // A program's token works on: nobody is there to type a password.
                let must_change_password = match token.kind {
                    TokenKind::Session => {
                        store::passwords::get(tx, token.principal).await?.is_some_and(|p| p.must_change)
                    }
                    TokenKind::Api => false,
                };
                Ok(Some(Bearer { token, holder, must_change_password }))
            })
        });
        let found = found.await?;
        if let Some(Bearer { token, .. }) = found.as_ref().filter(|found| found.is_good(now))
            && is_worth_noting(token, now)
        {
            self.note_use(token.id, now);
        }
        Ok(found)
    }

    /// The caller does not wait for it, and nothing depends on it.
    fn note_use(&self, token: TokenId, now: Timestamp) {
        let store = self.store().clone();
        self.0.parts.tasks.spawn(async move {
            let noted =
                store.write(move |tx| Box::pin(async move { store::tokens::touch(tx, token, now).await })).await;
            if let Err(error) = noted {
                tracing::debug!(%error, "the use of a token was not noted");
            }
        });
    }

    /// Whether the caller may see who he is.
    ///
    /// # Errors
    /// None that `authz` knows of; recorded as a refusal if there ever is one.
    pub async fn may_show_self(&self, caller: &Caller) -> Result<()> {
        self.permit(caller, Action::SelfShow, Target::new("user", caller.principal.id)).await.map(drop)
    }
}

fn is_worth_noting(token: &StoredToken, now: Timestamp) -> bool {
    let since = token.last_used_at.map(|last| Duration::try_from(now.duration_since(last)).unwrap_or_default());
    since.is_none_or(|since| since >= NOTED_EVERY)
}
