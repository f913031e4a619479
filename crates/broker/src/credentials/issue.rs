//! Issuing: a session narrowed by the provider itself, kept and recorded, and only then handed out.

use std::time::Duration;

use authz::Action;
use domain::audit::Target;
use domain::datasource::Datasource;
use domain::grant::{GrantKind, GrantScope, Revocability};
use domain::id::GrantId;
use domain::name::Name;
use domain::place::Prefix;
use domain::principal::Caller;
use domain::provider::{Credential, Facts, NarrowedBy};
use domain::scope::{Access, Scope};
use domain::{Error, ErrorKind, Result, ttl};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::Broker;
use crate::decide::Entered;
use crate::grants::HandOut;
use crate::idempotency::Call;
use crate::sessions::{LEAST_LEFT, Need, Opened};

/// Providers count in whole seconds and by their own clocks.
const TOLERANCE: Duration = Duration::from_secs(60);

/// A credential that is asked for.
#[derive(Debug, Clone)]
pub struct CredentialAsk {
    /// What it may do.
    pub access: Access,
    /// Only under this prefix, which lies in the datasource; none for all of it.
    pub prefix: Option<Prefix>,
    /// For how long.
    pub ttl_seconds: i64,
}

/// A credential whose grant is kept.
#[derive(Debug)]
pub struct IssuedCredential {
    /// The grant.
    pub grant: GrantId,
    /// The credential itself.
    pub credential: Credential,
    /// The headers that whoever writes must send.
    pub headers: Vec<(String, String)>,
    /// When it ends, by the provider's word.
    pub expires_at: Timestamp,
    /// From when on asking again gives a fresher one.
    pub refresh_after: Timestamp,
    /// What was asked for.
    pub requested: Duration,
    /// What it has from now on.
    pub granted: Duration,
    /// How it can be taken back.
    pub revocability: Revocability,
    /// What it allows.
    pub scope: GrantScope,
    /// What is not as it was asked for.
    pub warnings: Vec<String>,
}

impl Broker {
    /// A credential for a part of a datasource.
    ///
    /// # Errors
    /// `permission_denied` outside the datasource or its purpose; `unsupported` where the provider cannot
    /// narrow; `scope_not_expressible`, `policy_too_large`, `ttl_exceeds_limit`; the provider's own refusal.
    pub async fn issue_credential(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        ask: CredentialAsk,
        call: Option<Call>,
    ) -> Result<IssuedCredential> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::CredentialIssue, target.clone()).await?;
        match self.issue_in_project(caller, &entered, datasource, ask, call).await {
            Ok(issued) => Ok(issued),
            Err(error) => Err(self.not_handed_out(caller, &entered, Action::CredentialIssue, target, error).await),
        }
    }

    async fn issue_in_project(
        &self,
        caller: &Caller,
        entered: &Entered,
        datasource: &Name,
        ask: CredentialAsk,
        call: Option<Call>,
    ) -> Result<IssuedCredential> {
        let requested = crate::urls::ttl(ask.ttl_seconds, LEAST_LEFT.as_secs())?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
        let narrowed = narrow(&place.datasource, &ask)?;
        let connection = self.live_connection(&entered.project, &place.integration).await?;
        refuse_unnarrowed(connection.facts())?;
        let need = Need::Credential { ttl: requested };
        let lent = self.session_for(place.wish(&entered.project, caller, Some(narrowed.clone()), need)).await?;
        let (credential, expires_at) = short_lived(&lent.opened, &place.datasource)?;
        let now = self.now();
        let granted = Duration::from_secs(lent.opened.left(now).as_secs());
        let scope = GrantScope {
            bucket: narrowed.bucket.to_string(),
            prefix: narrowed.prefix.to_string(),
            access: narrowed.access.as_str().to_owned(),
            count: None,
        };
        let details = details(&scope, requested, granted);
        let (kind, action) = (GrantKind::Credential, Action::CredentialIssue);
        let (place, lent, kept) = (&place, &lent, scope.clone());
        let hand = HandOut { caller, entered, place, lent, action, kind, scope: kept, expires_at, details, call };
        let grant = self.hand_out(hand).await?;
        let encryption = place.datasource.sse.iter().flat_map(domain::datasource::Encryption::headers);
        Ok(IssuedCredential {
            grant,
            credential,
            headers: if ask.access.writes() { encryption.collect() } else { Vec::new() },
            expires_at,
            refresh_after: refresh_after(now, expires_at),
            requested,
            granted,
            revocability: lent.connection.facts().revocability,
            scope,
            warnings: warnings(&lent.opened),
        })
    }
}

/// The part of the datasource that is asked for; refuses what is not a part of it.
fn narrow(datasource: &Datasource, ask: &CredentialAsk) -> Result<Scope> {
    if ask.access.writes() && !datasource.purpose.writes() {
        let (name, purpose, access) = (&datasource.name, datasource.purpose.as_str(), ask.access.as_str());
        let message = format!("the datasource '{name}' is for {purpose}, and a credential to {access} may change it");
        return Err(Error::new(ErrorKind::PermissionDenied, message).at("/access").with_hint("ask for 'read'"));
    }
    let prefix = ask.prefix.clone().unwrap_or_else(|| datasource.prefix.clone());
    if !datasource.prefix.covers(&prefix) {
        let (name, holds) = (&datasource.name, datasource.prefix.as_str());
        let message = format!("the datasource '{name}' holds only what begins with '{holds}', and '{prefix}' does not");
        let hint = "give the whole prefix, that of the datasource included";
        return Err(Error::new(ErrorKind::PermissionDenied, message).at("/prefix").with_hint(hint));
    }
    let key = datasource.sse.as_ref().and_then(|sse| sse.kms_key_arn()).map(str::to_owned);
    Ok(Scope { bucket: datasource.bucket.clone(), prefix, access: ask.access, kms_key_arn: key })
}

fn refuse_unnarrowed(facts: &Facts) -> Result<()> {
    match &facts.narrowed_by {
        NarrowedBy::SessionPolicy | NarrowedBy::FederationToken | NarrowedBy::AccessBoundary | NarrowedBy::Sas => {
            Ok(())
        }
        NarrowedBy::Nothing { why } => Err(Error::new(ErrorKind::Unsupported, why.clone())
            .with_hint("use signed URLs, or a gateway key: the gateway narrows every request itself")),
    }
}

/// The credential and its end; nothing without an end is ever handed out.
fn short_lived(opened: &Opened, datasource: &Datasource) -> Result<(Credential, Timestamp)> {
    let Some(expires_at) = opened.session.expires_at() else {
        let message = "these are keys without an end, and such keys are never handed out";
        return Err(Error::new(ErrorKind::Unsupported, message).with_hint("use signed URLs, or a gateway key"));
    };
    let mut credential = opened.session.credential()?;
    if let (Credential::Aws(credential), Some(region)) = (&mut credential, &datasource.region) {
        credential.region.clone_from(region);
    }
    Ok((credential, expires_at))
}

fn details(scope: &GrantScope, requested: Duration, granted: Duration) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("access".to_owned(), scope.access.as_str().into());
    details.insert("bucket".to_owned(), scope.bucket.as_str().into());
    details.insert("prefix".to_owned(), scope.prefix.as_str().into());
    details.insert("requested_ttl_seconds".to_owned(), requested.as_secs().into());
    details.insert("granted_ttl_seconds".to_owned(), granted.as_secs().into());
    details
}

/// Fifteen minutes before the end a fresh session is to be had; with less left, after two thirds of it.
fn refresh_after(now: Timestamp, expires_at: Timestamp) -> Timestamp {
    let left = Duration::try_from(expires_at.duration_since(now)).unwrap_or_default();
    let after = left.saturating_sub(LEAST_LEFT).max(left * 2 / 3);
    now.saturating_add(Duration::from_secs(after.as_secs())).unwrap_or(expires_at)
}

/// Says so where the provider silently gave another life than it was asked for.
fn warnings(opened: &Opened) -> Vec<String> {
    let given = opened.left(opened.opened_at);
    let (shown, asked) = (ttl::show(Duration::from_secs(given.as_secs())), ttl::show(opened.asked));
    if given.saturating_add(TOLERANCE) < opened.asked {
        vec![format!(
            "the provider gave a session of {shown} although {asked} were asked for; 'expires_at' is its true end"
        )]
    } else if given > opened.asked.saturating_add(TOLERANCE) {
        vec![format!("the provider gave a session of {shown}, more than the {asked} that were asked for")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[test]
    fn refresh_is_due_when_a_fresher_one_is_to_be_had() {
        assert_eq!(refresh_after(at(0), at(60)), at(45));
        assert_eq!(refresh_after(at(0), at(15)), at(10));
        assert_eq!(refresh_after(at(0), at(30)), at(20));
    }
}
