//! One's own sessions and tokens: seen, and ended.
//!
//! A token of one project has no say in them: whoever has stolen it must not lock its owner out.

use std::collections::BTreeSet;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::TokenId;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::Caller;
use domain::{Error, Result};
use jiff::Timestamp;
use store::tokens::{StoredToken, TokenFilter, TokenKind};

use super::tokens::{self, TokenView};
use crate::Broker;
use crate::audit::{Log, append, event};

/// So many sessions are listed.
const LISTED: u32 = 100;
/// So many sessions are counted when all end.
const COUNTED: u32 = 10_000;

/// A signed-in session as it is shown to its owner.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Never reused.
    pub id: String,
    /// When he signed in.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to five minutes.
    pub last_used_at: Option<Timestamp>,
    /// It is the one that asks.
    pub current: bool,
    /// What it was begun with, as that calls itself: "Firefox on Linux".
    pub device: Option<String>,
}

/// A token of the caller, and where it opens.
#[derive(Debug, Clone)]
pub struct OwnTokenView {
    /// The project; none where it is not limited to one.
    pub project: Option<Name>,
    /// The token.
    pub token: TokenView,
}

impl Broker {
    /// The caller's own sessions that are still good, the newest first; a hundred at most.
    ///
    /// # Errors
    /// `permission_denied` to the token of a project.
    pub async fn list_own_sessions(&self, caller: &Caller) -> Result<Vec<SessionView>> {
        self.permit(caller, Action::SessionManage, Target::new("user", caller.principal.id)).await?;
        let (principal, current, now) = (caller.principal.id, caller.token, self.now());
        let found = self
            .store()
            .read(move |tx| Box::pin(async move { store::tokens::sessions(tx, principal, now, LISTED).await }))
            .await?;
        let view = |(session, device): (StoredToken, Option<String>)| SessionView {
            id: session.id.to_string(),
            created_at: session.created_at,
            expires_at: session.expires_at,
            last_used_at: session.last_used_at,
            current: session.id == current,
            device,
        };
        Ok(found.into_iter().map(view).collect())
    }

    /// Ends one of the caller's own sessions at once.
    ///
    /// # Errors
    /// `not_found` for none, for one that has ended, and for somebody else's.
    pub async fn end_own_session(&self, caller: &Caller, id: &str) -> Result<()> {
        let rule = self.permit(caller, Action::SessionManage, Target::new("user", caller.principal.id)).await?;
        let asked = id.to_owned();
        let session: TokenId = id.parse().map_err(|_| Error::not_found("session", id))?;
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let ended = self.store().write(move |tx| {
            Box::pin(async move {
                let own = |token: &StoredToken| {
                    token.principal == caller.principal.id && token.kind == TokenKind::Session && token.is_good(now)
                };
                let found = store::tokens::get(tx, session).await?.filter(own);
                found.ok_or_else(|| Error::not_found("session", &asked))?;
                store::tokens::revoke(tx, session, now).await?;
                let ended = event(Action::SessionEnd, Outcome::Done, rule, Target::new("token", session));
                append(tx, &installation, Log::Installation, now, Some(&caller), &ended).await.map(drop)
            })
        });
        ended.await
    }

    /// Ends all of the caller's own sessions, or all but the one that asks; tells how many. API tokens stay.
    ///
    /// # Errors
    /// `permission_denied` to the token of a project.
    pub async fn end_all_own_sessions(&self, caller: &Caller, keep_current: bool) -> Result<u64> {
        let target = Target::new("user", caller.principal.id);
        let rule = self.permit(caller, Action::SessionManage, target.clone()).await?;
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let ended = self.store().write(move |tx| {
            Box::pin(async move {
                let (principal, kept) = (caller.principal.id, keep_current.then_some(caller.token));
                let good = store::tokens::sessions(tx, principal, now, COUNTED).await?;
                let count = good.iter().filter(|(session, _)| Some(session.id) != kept).count();
                store::tokens::revoke_sessions(tx, principal, kept, now).await?;
                let ended = event(Action::SessionEnd, Outcome::Done, rule, target).with("sessions", count);
                append(tx, &installation, Log::Installation, now, Some(&caller), &ended).await?;
                u64::try_from(count).map_err(Error::internal)
            })
        });
        ended.await
    }

    /// The caller's own API tokens in all projects, the oldest first.
    ///
    /// # Errors
    /// `permission_denied` to the token of a project; `invalid` for a cursor that is none.
    pub async fn list_own_tokens(&self, caller: &Caller, page: PageAsk) -> Result<Page<OwnTokenView>> {
        self.permit(caller, Action::TokenListOwn, Target::new("user", caller.principal.id)).await?;
        let filter = TokenFilter { principal: Some(caller.principal.id), project: None };
        let listed = self.store().read(move |tx| {
            Box::pin(async move {
                let found = store::tokens::list(tx, filter, &page).await?;
                let projects: Vec<_> = found.items.iter().map(|token| token.limit.map(|limit| limit.project)).collect();
                let unique: BTreeSet<_> = projects.iter().copied().flatten().collect();
                let names = store::projects::names(tx, unique).await?;
                let views = tokens::views(tx, found.items).await?;
                let items = projects.into_iter().zip(views).map(|(project, token)| OwnTokenView {
                    project: project.and_then(|id| names.get(&id).cloned()),
                    token,
                });
                Ok(Page { items: items.collect(), next: found.next })
            })
        });
        listed.await
    }
}
