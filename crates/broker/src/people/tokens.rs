//! API tokens: each opens one project, with at most one role, until it ends.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::{PrincipalId, ProjectId, TokenId};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, Role, TokenLimit};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::tokens::{StoredToken, TokenFilter, TokenKind};

use super::bounds::Reach;
use super::token;
use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;

/// The life of a token: if not asked for, at least, at most.
const USUAL: Duration = Duration::from_secs(90 * 24 * 3600);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// A new token, as it is asked for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: Name,
    /// Whose it is, if not the caller's own.
    pub service_account: Option<Name>,
    /// The most it may do; its principal's role if not given.
    pub role: Option<Role>,
    /// How long it lives; 90 days if not given.
    pub ttl: Option<Duration>,
}

/// A token that was made.
pub struct MadeToken {
    /// Never reused.
    pub id: TokenId,
    /// Shown once.
    pub token: SecretBytes,
    /// What it is called.
    pub name: Name,
    /// The most it may do.
    pub role: Role,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token without the token.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    /// Never reused.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Whom it speaks for.
    pub principal: String,
    /// The most it may do; never more than its principal may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it was last presented, to five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

fn life(asked: Option<Duration>) -> Result<Duration> {
    let ttl = asked.unwrap_or(USUAL);
    if ttl < SHORTEST {
        return Err(Error::invalid("/ttl_seconds", format!("a token lives {} seconds at least", SHORTEST.as_secs())));
    }
    if ttl > LONGEST {
        let most = domain::ttl::show(LONGEST);
        let message = format!("a token lives {most} at most; this is Tidegate's own limit");
        return Err(Error::new(ErrorKind::TtlExceedsLimit, message).at("/ttl_seconds"));
    }
    Ok(ttl)
}

/// Whose token it is to be, and what he may do in the project.
async fn bearer(
    tx: &mut Tx,
    caller: &Caller,
    entered: &Entered,
    account: Option<&Name>,
) -> Result<(PrincipalId, Role)> {
    let Some(name) = account else { return Ok((caller.principal.id, entered.role)) };
    let found = store::principals::service_account(tx, entered.project.id, name.as_str()).await?;
    let found = found.ok_or_else(|| Error::not_found("service account", name.as_str()))?;
    if found.disabled {
        return Err(Error::new(ErrorKind::Conflict, format!("the service account '{name}' is disabled"))
            .with_hint("enable it first"));
    }
    let role = store::members::role(tx, entered.project.id, found.principal.id).await?;
    let role = role.ok_or_else(|| {
        Error::new(ErrorKind::Conflict, format!("the service account '{name}' has no role in this project yet"))
            .with_hint(format!("give it one first: 'tidegate member add {name} --role ROLE'"))
    })?;
    Ok((found.principal.id, role))
}

/// A token that is made with a token ends with it: a stolen one must not outlive itself.
async fn no_longer_than_its_maker(tx: &mut Tx, caller: &Caller, expires_at: Timestamp) -> Result<Timestamp> {
    let maker = store::tokens::get(tx, caller.token).await?;
    Ok(match maker {
        Some(maker) if maker.kind == TokenKind::Api => expires_at.min(maker.expires_at),
        Some(_) | None => expires_at,
    })
}

/// The role of a new token: neither its maker nor its bearer has less.
fn bounded(reach: Reach, bearer: Role, asked: Option<Role>, own: bool) -> Result<Role> {
    let role = asked.unwrap_or(if own { reach.usual() } else { bearer });
    reach.require([role])?;
    if authz::may_grant(bearer, role) {
        return Ok(role);
    }
    let message = format!("whom this token is for has the role '{bearer}', which does not cover '{role}'");
    Err(Error::new(ErrorKind::PermissionDenied, message).at("/role"))
}

impl Broker {
    /// Makes a token for the caller or for a service account.
    ///
    /// # Errors
    /// `permission_denied` for a role that allows what the caller may not do; `ttl_exceeds_limit`;
    /// `conflict` for a service account without a role.
    pub async fn create_token(&self, caller: &Caller, project: &Name, new: NewToken) -> Result<MadeToken> {
        let action = match new.service_account {
            Some(_) => Action::TokenCreateService,
            None => Action::TokenCreateOwn,
        };
        let target = Target::named("token", &new.name);
        let entered = self.enter(caller, project, action, target.clone()).await?;
        let ttl = life(new.ttl)?;
        let (token, hash) = token::generate()?;
        let (reach, log) = (Reach::of(caller, &entered), Log::Project(entered.project.id));
        let (now, installation, by) = (self.now(), self.installation(), caller.clone());
        let expires_at = now.saturating_add(ttl).map_err(Error::internal)?;
        let made = self.store().write(move |tx| {
            Box::pin(async move {
                let project = entered.project.id;
                let expires_at = no_longer_than_its_maker(tx, &by, expires_at).await?;
                let (principal, has) = bearer(tx, &by, &entered, new.service_account.as_ref()).await?;
                let role = bounded(reach, has, new.role, new.service_account.is_none())?;
                let row = StoredToken {
                    id: TokenId::new(),
                    principal,
                    limit: Some(TokenLimit { project, role }),
                    kind: TokenKind::Api,
                    name: new.name.to_string(),
                    created_at: now,
                    expires_at,
                    last_used_at: None,
                    revoked_at: None,
                };
                store::tokens::insert(tx, &row, &hash).await?;
                let target = Target::new("token", row.id).with_name(&new.name);
                let made = event(action, Outcome::Done, entered.rule, target)
                    .with("principal", principal.to_string())
                    .with("role", role.as_str())
                    .with("expires_at", expires_at.to_string());
                append(tx, &installation, log, now, Some(&by), &made).await?;
                Ok((row.id, new.name, role, expires_at))
            })
        });
        let made = made.await.map_err(crate::audit::unavailable);
        let (id, name, role, expires_at) = self.settled(log, caller, action, target, made).await?;
        Ok(MadeToken { id, token, name, role, expires_at })
    }

    /// The caller's own tokens of a project; all of them for whoever may revoke them.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn list_tokens(&self, caller: &Caller, project: &Name, page: PageAsk) -> Result<Page<TokenView>> {
        let target = Target::named("project", project);
        let entered = self.enter(caller, project, Action::TokenList, target).await?;
        let all = self.may(caller, &entered, Action::TokenRevoke);
        let principal = if all { None } else { Some(caller.principal.id) };
        let filter = TokenFilter { principal, project: Some(entered.project.id) };
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::tokens::list(tx, filter, &page).await?;
                    Ok(Page { items: views(tx, found.items).await?, next: found.next })
                })
            })
            .await
    }

    /// A token: one's own, or any for whoever may revoke them.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_token(&self, caller: &Caller, project: &Name, id: TokenId) -> Result<TokenView> {
        let entered = self.enter(caller, project, Action::TokenRevokeOwn, Target::new("token", id)).await?;
        let all = self.may(caller, &entered, Action::TokenRevoke);
        let (here, own) = (entered.project.id, caller.principal.id);
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let found = store::tokens::get(tx, id).await?;
                let found = found.filter(|token| is_in(token, here) && (all || token.principal == own));
                views(tx, found.into_iter().collect()).await
            })
        });
        found.await?.pop().ok_or_else(|| Error::not_found("token", &id.to_string()))
    }

    /// Takes a token back at once: one's own, or any for whoever may.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn revoke_token(&self, caller: &Caller, project: &Name, id: TokenId) -> Result<()> {
        let target = Target::new("token", id);
        let entered = self.enter(caller, project, Action::TokenRevokeOwn, target.clone()).await?;
        let all = self.may(caller, &entered, Action::TokenRevoke);
        let (now, installation, by) = (self.now(), self.installation(), caller.clone());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let found = store::tokens::get(tx, id).await?;
                    let here = |token: &StoredToken| is_in(token, entered.project.id);
                    let own = |token: &StoredToken| token.principal == by.principal.id;
                    let found = found.filter(|token| here(token) && (all || own(token)));
                    let found = found.ok_or_else(|| Error::not_found("token", &id.to_string()))?;
                    let action = if own(&found) { Action::TokenRevokeOwn } else { Action::TokenRevoke };
                    if store::tokens::revoke(tx, id, now).await? {
                        let revoked = event(action, Outcome::Done, entered.rule, target.with_name(&found.name))
                            .with("principal", found.principal.to_string());
                        append(tx, &installation, Log::Project(entered.project.id), now, Some(&by), &revoked).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

fn is_in(token: &StoredToken, project: ProjectId) -> bool {
    token.limit.is_some_and(|limit| limit.project == project)
}

/// Tokens as they are shown, with the names of those whom they speak for.
pub(crate) async fn views(tx: &mut Tx, tokens: Vec<StoredToken>) -> Result<Vec<TokenView>> {
    let bearers: BTreeSet<_> = tokens.iter().map(|token| token.principal).collect();
    let names = store::principals::names(tx, bearers).await?;
    Ok(tokens.into_iter().map(|token| view(token, &names)).collect())
}

fn view(token: StoredToken, names: &HashMap<PrincipalId, String>) -> TokenView {
    TokenView {
        id: token.id.to_string(),
        name: token.name,
        principal: names.get(&token.principal).cloned().unwrap_or_default(),
        role: token.limit.map(|limit| limit.role),
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        revoked_at: token.revoked_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_a_minute_to_366_days() {
        assert_eq!(life(None).unwrap(), USUAL);
        assert_eq!(life(Some(LONGEST)).unwrap(), LONGEST);
        assert_eq!(life(Some(Duration::from_secs(59))).unwrap_err().kind(), ErrorKind::Invalid);
        let error = life(Some(LONGEST + Duration::from_secs(1))).unwrap_err();
        assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::TtlExceedsLimit, "/ttl_seconds"));
        assert!(error.message().contains("366d"));
    }
}
